//! Answers as tables.

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;

/// Prints a question, and its answer as a table.
pub fn table<const N: usize>(question: &str, heads: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(heads);
    for row in rows {
        table.add_row(row);
    }
    println!("\n{question}\n{table}");
}

/// A value, or a dash.
pub fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| v.to_string())
}
