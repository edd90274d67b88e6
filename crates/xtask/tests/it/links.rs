//! Every link from one of our pages to another leads somewhere, to its heading too.

use std::path::{Component, Path, PathBuf};

use crate::sources;

#[test]
fn links_between_our_pages_lead_somewhere() {
    let root = sources::root();
    let mut pages = sources::list("docs", &[".md"]);
    pages.extend(sources::list("", &[".md"]).into_iter().filter(|page| !page.path.contains('/')));
    let mut looked_at = 0;
    let mut wrong = Vec::new();
    for page in &pages {
        for link in links(&page.text).filter(|link| !link.contains("://")) {
            looked_at += 1;
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let folder = Path::new(&page.path).parent().unwrap();
            let target = if path.is_empty() { PathBuf::from(&page.path) } else { folder.join(path) };
            let target = plain(&target);
            let leads = root.join(&target).exists()
                && (heading.is_empty() || headings(&root.join(&target)).any(|found| found == heading));
            if !leads {
                wrong.push(format!("{}: {link}", page.path));
            }
        }
    }
    assert!(looked_at >= 50, "only {looked_at} links were found");
    assert!(wrong.is_empty(), "links that lead nowhere:\n{}", wrong.join("\n"));
}

/// The targets of inline links.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

/// The anchors of a page's headings, as they are shown on the web.
fn headings(page: &Path) -> impl Iterator<Item = String> {
    let text = std::fs::read_to_string(page).unwrap();
    let lines: Vec<String> = text.lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect();
    lines.into_iter().map(|line| {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
    })
}

/// A path without `..` and `.`.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, part| {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
        plain
    })
}
