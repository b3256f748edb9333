//! The papers say what is true: the key table of the README is the keymap's.

use std::{env, fs, path::Path};

use cutover::app::keycard;

/// `CUTOVER_BLESS=1` writes the block instead of comparing it.
#[test]
fn the_readme_has_the_keys_of_the_keymap() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once("<!-- keys:").unwrap();
    let (mark, rest) = rest.split_once("-->\n").unwrap();
    let (block, tail) = rest.split_once("<!-- /keys -->").unwrap();
    let wanted = keycard::readme_block();
    if env::var_os("CUTOVER_BLESS").is_some() {
        fs::write(&path, format!("{head}<!-- keys:{mark}-->\n{wanted}<!-- /keys -->{tail}")).unwrap();
    } else {
        assert_eq!(block, wanted, "write it with CUTOVER_BLESS=1 cargo test --test all papers");
    }
}

#[test]
fn the_pictures_of_the_readme_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("README.md")).unwrap();
    let pictures: Vec<&str> =
        text.split("](docs/").skip(1).filter_map(|rest| rest.split_once(')')).map(|(name, _)| name).collect();
    assert!(pictures.len() >= 3);
    for name in pictures {
        assert!(root.join("docs").join(name).is_file(), "docs/{name} is not there");
    }
}
