//! Repositories, through the machine's own `git`: so its credentials and proxies hold here too.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::address::Repository;
use super::tree;

/// Fetches one state of a repository: that commit, or what the reference names now. Answers the commit.
pub(super) async fn fetch(from: &Repository, commit: Option<&str>, into: &Path) -> Result<String, String> {
    let clone = match from.inside.as_str() {
        "" => into.to_path_buf(),
        _ => into.with_extension("clone"),
    };
    std::fs::create_dir_all(&clone).map_err(|e| e.to_string())?;
    git(&clone, &["init", "--quiet"]).await?;
    git(&clone, &["remote", "add", "origin", &from.url]).await?;
    let wanted = commit.or(from.reference.as_deref()).unwrap_or("HEAD");
    let one = git(&clone, &["fetch", "--quiet", "--depth", "1", "origin", wanted]).await;
    let at = match one {
        Ok(_) => "FETCH_HEAD".to_owned(),
        // Not every server gives a commit by its name, and none by the beginning of it.
        Err(first) => {
            let all = [
                "fetch",
                "--quiet",
                "--tags",
                "origin",
                "+refs/heads/*:refs/remotes/origin/*",
            ];
            git(&clone, &all).await.map_err(|_| first)?;
            wanted.to_owned()
        }
    };
    git(&clone, &["checkout", "--quiet", "--detach", &at])
        .await
        .map_err(|_| format!("`{wanted}` is not in the repository"))?;
    if clone.join(".gitmodules").exists() {
        git(
            &clone,
            &[
                "submodule",
                "--quiet",
                "update",
                "--init",
                "--recursive",
                "--depth",
                "1",
            ],
        )
        .await?;
    }
    let commit = git(&clone, &["rev-parse", "HEAD"]).await?;
    tree::without_git(&clone).map_err(|e| e.to_string())?;
    if clone != into {
        tree::take_out(&clone, &from.inside, into)?;
    }
    Ok(commit.trim().to_owned())
}

async fn git(directory: &Path, words: &[&str]) -> Result<String, String> {
    let done = Command::new("git")
        .arg("-C")
        .arg(directory)
        .args([
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "advice.detachedHead=false",
            "-c",
            "core.autocrlf=false",
        ])
        .args(words)
        .env("GIT_TERMINAL_PROMPT", "0")
        // No transport that starts programs.
        .env("GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|e| format!("`git` cannot be started: {e}"))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let last = said
        .lines()
        .map(str::trim)
        .rfind(|l| !l.is_empty())
        .unwrap_or("it failed");
    Err(format!("git: {}", last.trim_start_matches("fatal: ")))
}
