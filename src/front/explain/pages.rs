//! The pages of the message codes. They stand in `docs/codes`, a file for each group; a page begins with `## CODE: what it stands for`.

/// One page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// `E042`
    pub code: &'static str,
    /// What it stands for, in a few words.
    pub about: &'static str,
    /// The page, in Markdown, without its heading.
    pub body: &'static str,
    /// The file that it stands in.
    pub file: &'static str,
}

/// The files: name, text.
const FILES: [(&str, &str); 8] = [
    ("E0xx.md", include_str!("../../../docs/codes/E0xx.md")),
    ("E1xx.md", include_str!("../../../docs/codes/E1xx.md")),
    ("E2xx.md", include_str!("../../../docs/codes/E2xx.md")),
    ("E3xx.md", include_str!("../../../docs/codes/E3xx.md")),
    ("E4xx.md", include_str!("../../../docs/codes/E4xx.md")),
    ("E5xx.md", include_str!("../../../docs/codes/E5xx.md")),
    ("Rxxx.md", include_str!("../../../docs/codes/Rxxx.md")),
    ("Wxxx.md", include_str!("../../../docs/codes/Wxxx.md")),
];

/// All pages, in order.
pub fn all() -> impl Iterator<Item = Page> {
    FILES
        .into_iter()
        .flat_map(|(file, text)| text.split("\n## ").skip(1).filter_map(move |page| read(file, page)))
}

fn read(file: &'static str, page: &'static str) -> Option<Page> {
    let (heading, body) = page.split_once('\n')?;
    let (code, about) = heading.split_once(": ")?;
    Some(Page {
        code,
        about,
        body: body.trim(),
        file,
    })
}

/// What the groups of codes are about: the heading of each file.
pub fn group(code: &str) -> &'static str {
    let of = |name: &str| name.chars().zip(code.chars()).all(|(n, c)| n == 'x' || n == c);
    let file = FILES.into_iter().find(|(name, _)| of(name.trim_end_matches(".md")));
    let heading = file.and_then(|(_, text)| text.lines().next()?.split_once(": "));
    heading.map_or("", |(_, about)| about)
}
