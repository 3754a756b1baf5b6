//! What a project knows of functions that traces have: what it calls them, and how much faster they get.

use std::collections::{BTreeMap, BTreeSet};

use rustworthy_attribution::Function;
use rustworthy_model::Estimate;

/// What is known of functions of traces beforehand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KnownFunctions {
    /// Functions as the manifest calls them, `module:callable`.
    pub names: Vec<String>,
    /// Speedups that workloads have measured of functions that they replace, by the function's name.
    pub speedups: BTreeMap<String, Estimate>,
}

impl KnownFunctions {
    /// Calls functions of traces what the manifest calls them, where it's sure that they are the same: spans tell from which folder
    /// they were run, and not always from which one modules are named.
    pub(super) fn name(&self, functions: &mut [Function]) {
        let taken: BTreeSet<String> = functions.iter().map(|function| function.name.clone()).collect();
        let free: Vec<&String> = self.names.iter().filter(|name| !taken.contains(*name)).collect();
        let meant: Vec<Option<&String>> = functions.iter().map(|function| meant(function, &free)).collect();
        for (function, name) in functions.iter_mut().zip(&meant) {
            // One that two might be is neither.
            if let Some(name) = name.filter(|name| meant.iter().filter(|other| **other == Some(*name)).count() == 1) {
                function.name.clone_from(name);
            }
        }
    }
}

/// The known function that one of a trace is, if it is one: of several the one whose module is named most fully.
fn meant<'k>(function: &Function, known: &[&'k String]) -> Option<&'k String> {
    let (_, callable) = function.name.split_once(':')?;
    let stem = function.file.as_deref().and_then(|file| file.strip_suffix(".py"));
    let stem = stem.map(|stem| stem.strip_suffix("/__init__").unwrap_or(stem).replace('\\', "/"));
    let is_same = |name: &&&String| {
        let Some((module, own)) = name.split_once(':') else { return false };
        match &stem {
            Some(stem) => callable == own && ends_with_path(stem, &module.replace('.', "/")),
            None => function.name.replacen(':', ".", 1) == name.replacen(':', ".", 1),
        }
    };
    known.iter().filter(is_same).max_by_key(|name| name.len()).copied()
}

fn ends_with_path(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(functions: &[(&str, Option<&str>)], known: &[&str]) -> Vec<String> {
        let function = |(name, file): &(&str, Option<&str>)| Function {
            name: (*name).to_owned(),
            file: file.map(str::to_owned),
            line: None,
            waits: false,
        };
        let mut functions: Vec<Function> = functions.iter().map(function).collect();
        let names = known.iter().map(|name| (*name).to_owned()).collect();
        KnownFunctions { names, ..KnownFunctions::default() }.name(&mut functions);
        functions.into_iter().map(|function| function.name).collect()
    }

    #[test]
    fn functions_are_those_of_the_manifest_whose_files_end_alike() {
        let known = ["shop.cart:total", "cart:total", "shop:start", "shop.cart:Cart.add"];
        let functions = [
            ("src.shop.cart:total", Some("src/shop/cart.py")),
            ("shop:start", Some("/srv/shop/__init__.py")),
            ("add", Some("/srv/shop/cart.py")),
            ("cart:Cart.add", Some("/srv/workshop/cart.py")),
            ("GET /cart", None),
        ];
        assert_eq!(named(&functions, &known), ["shop.cart:total", "shop:start", "add", "cart:Cart.add", "GET /cart"]);
        assert_eq!(named(&[("shop.cart.Cart:add", None)], &known), ["shop.cart:Cart.add"]);
    }

    #[test]
    fn what_two_functions_might_be_is_neither() {
        let twice = [("a.cart:total", Some("/a/cart.py")), ("b.cart:total", Some("/b/cart.py"))];
        assert_eq!(named(&twice, &["cart:total"]), ["a.cart:total", "b.cart:total"]);
        let taken = [("cart:total", Some("/a/cart.py")), ("b.cart:total", Some("/b/cart.py"))];
        assert_eq!(named(&taken, &["cart:total"]), ["cart:total", "b.cart:total"]);
    }
}
