//! `docs/configuration.md` says what the source says. `make docs` writes it anew.

use std::fs;
use std::path::Path;

#[test]
fn the_reference_of_the_settings_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/configuration.md");
    let page = server::Settings::reference_page();
    if std::env::var_os("PANTOMIME_WRITE_DOCS").is_some() {
        fs::write(&path, &page).expect("the page can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "docs/configuration.md is not what the settings are: run `make docs`");
}
