//! Not a measurement: only that ten thousand files are nothing to wait for.

use super::support::World;

#[tokio::test]
async fn ten_thousand_files() {
    let world = World::new().await;
    let begin = std::time::Instant::now();
    for i in 0..10_000 {
        let mut file = world.resource("local_file");
        let config = [
            ("path", format!("d/{i}").into()),
            ("content", format!("content {i}\n").into()),
        ];
        file.apply(&config).await.unwrap();
        assert!(file.is_settled(&config).await);
    }
    println!(
        "10,000 files planned, made, read and planned again in {:?}",
        begin.elapsed()
    );
    assert_eq!(std::fs::read_dir(world.path("d")).unwrap().count(), 10_000);
}
