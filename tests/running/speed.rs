//! The cost of a resource does not grow with their number. Not a timed test: entries are counted; `benches/` has the times.

use super::bench::Bench;

fn text(count: usize) -> String {
    format!("resource \"thing\" \"a\" {{\n  count = {count}\n  name = \"a${{count.index}}\"\n}}\n")
}

#[tokio::test]
async fn every_resource_costs_two_entries() {
    for count in [10, 300] {
        let bench = Bench::new();
        bench.done(&text(count)).await;
        // One is for the provider.
        assert_eq!(bench.snapshot().await.serial, 2 * count as u64 + 1);
        assert!(bench.plan(&text(count)).await.is_empty());
    }
}

/// By hand: `cargo test --test main running::speed -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "prints times"]
async fn times() {
    for count in [1000, 10_000] {
        let mut bench = Bench::new();
        bench.parallelism = 10;
        let start = std::time::Instant::now();
        bench.plan(&text(count)).await;
        let planned = start.elapsed();
        bench.done(&text(count)).await;
        let applied = start.elapsed() - planned;
        bench.plan(&text(count)).await;
        let again = start.elapsed() - planned - applied;
        println!("{count}: plan {planned:?}, plan and apply {applied:?}, plan again {again:?}");
    }
}
