//! Endpoint choice: a tree of path segments.
//!
//! Among endpoints whose method fits the request's, the most specific path wins, segment by segment: literal before
//! `{parameter}` before `{rest...}`. The walk tries them in that order and goes back where a branch holds no
//! endpoint that fits. Each node stands for one path, so a request visits it at most once.

use crate::endpoint::Segment;
use crate::method::{EndpointMethod, Method};
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// The tree of one collection.
#[derive(Debug, Default)]
pub(super) struct EndpointRouter {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<Box<str>, Node, RandomState>,
    parameter: Option<Box<Node>>,
    /// Endpoints that end here.
    here: Vec<(EndpointMethod, usize)>,
    /// Endpoints with a catch-all from here on, which also matches nothing.
    rest: Vec<(EndpointMethod, usize)>,
}

impl EndpointRouter {
    /// Adds an endpoint by its place in the collection.
    pub(super) fn insert(&mut self, segments: &[Segment], method: EndpointMethod, at: usize) {
        let mut node = &mut self.root;
        for segment in segments {
            node = match segment {
                Segment::Literal(text) => node.literals.entry(text.clone()).or_default(),
                Segment::Parameter(_) => node.parameter.get_or_insert_default(),
                Segment::Rest(_) => {
                    node.rest.push((method, at));
                    return;
                }
            };
        }
        node.here.push((method, at));
    }

    /// The endpoint for a method and a path below the collection.
    pub(super) fn find(&self, method: Method, rest: Option<&str>) -> Option<usize> {
        let mut best = None;
        visit(&self.root, rest, &mut |endpoints| {
            best = endpoints
                .iter()
                .filter_map(|&(own, at)| Some((own.fit(method)?, at)))
                .min_by_key(|&(fit, _)| fit)
                .map(|(_, at)| at);
            best.is_some()
        });
        best
    }

    /// Every endpoint whose path matches, whatever its method.
    pub(super) fn all_matches(&self, rest: Option<&str>) -> Vec<(EndpointMethod, usize)> {
        let mut all = Vec::new();
        visit(&self.root, rest, &mut |endpoints| {
            all.extend_from_slice(endpoints);
            false
        });
        all
    }
}

/// Shows the endpoints of each matching path, most specific first, until one says that it is enough.
fn visit(node: &Node, left: Option<&str>, enough: &mut impl FnMut(&[(EndpointMethod, usize)]) -> bool) -> bool {
    let Some(text) = left else { return enough(&node.here) || enough(&node.rest) };
    let (first, after) = match text.split_once('/') {
        Some((first, after)) => (first, Some(after)),
        None => (text, None),
    };
    node.literals.get(first).is_some_and(|child| visit(child, after, enough))
        || (!first.is_empty() && node.parameter.as_ref().is_some_and(|child| visit(child, after, enough)))
        || enough(&node.rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::EndpointPath;

    fn router(endpoints: &[(&str, &str)]) -> EndpointRouter {
        let mut router = EndpointRouter::default();
        for (at, (method, path)) in endpoints.iter().enumerate() {
            let path = EndpointPath::parse(path).unwrap();
            router.insert(path.segments(), EndpointMethod::parse(method).unwrap(), at);
        }
        router
    }

    #[track_caller]
    fn check(endpoints: &[(&str, &str)], method: Method, path: Option<&str>, expected: Option<usize>) {
        assert_eq!(router(endpoints).find(method, path), expected, "{method} {path:?}");
    }

    #[test]
    fn the_most_specific_path_wins() {
        let endpoints =
            [("GET", "a/{x}"), ("GET", "a/b"), ("GET", "{rest...}"), ("GET", "{x}/b/c"), ("GET", "a/{x}/d")];
        check(&endpoints, Method::Get, Some("a/b"), Some(1));
        check(&endpoints, Method::Get, Some("a/z"), Some(0));
        check(&endpoints, Method::Get, Some("a/b/c"), Some(3));
        check(&endpoints, Method::Get, Some("a/b/d"), Some(4));
        check(&endpoints, Method::Get, Some("a/b/e"), Some(2));
        check(&endpoints, Method::Get, None, Some(2));
        check(&endpoints, Method::Get, Some(""), Some(2));
    }

    #[test]
    fn methods_are_chosen_before_paths() {
        let endpoints =
            [("POST", "a/b"), ("GET", "a/{x}"), ("ANY", "a/b/c"), ("GET", "a/b/c"), ("HEAD", "h"), ("GET", "h")];
        check(&endpoints, Method::Get, Some("a/b"), Some(1));
        check(&endpoints, Method::Post, Some("a/b/c"), Some(2));
        check(&endpoints, Method::Get, Some("a/b/c"), Some(3));
        check(&endpoints, Method::Head, Some("a/b/c"), Some(3));
        check(&endpoints, Method::Head, Some("h"), Some(4));
        check(&endpoints, Method::Delete, Some("a/b"), None);
        assert_eq!(router(&endpoints).all_matches(Some("a/b")).len(), 2);
    }

    #[test]
    fn a_trailing_slash_belongs_to_the_path() {
        let endpoints = [("GET", "a"), ("GET", "b/"), ("GET", "c/{x}"), ("GET", "d/{rest...}"), ("GET", "")];
        check(&endpoints, Method::Get, Some("a/"), None);
        check(&endpoints, Method::Get, Some("b/"), Some(1));
        check(&endpoints, Method::Get, Some("b"), None);
        check(&endpoints, Method::Get, Some("c/"), None);
        check(&endpoints, Method::Get, Some("d"), Some(3));
        check(&endpoints, Method::Get, Some("d/"), Some(3));
        check(&endpoints, Method::Get, Some("d/e/f"), Some(3));
        check(&endpoints, Method::Get, None, Some(4));
        check(&endpoints, Method::Get, Some(""), None);
    }
}
