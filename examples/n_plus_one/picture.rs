//! Two lists of statements side by side, as an SVG.

const WIDTH: usize = 960;
const COLUMN: usize = 470;
const ROW: usize = 11;
const TOP: usize = 46;

/// Draws a bar for each statement, in the order in which they were sent.
pub(crate) fn picture(slow: &[String], fast: &[String]) -> String {
    let height = TOP + ROW * slow.len().max(fast.len()) + 12;
    let slow_title = format!("A query for each object: {} statements", slow.len());
    let fast_title = format!("One path: {} statements", fast.len());
    [
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             font-family=\"ui-monospace, monospace\" font-size=\"8\">"
        ),
        format!("<title>{slow_title}. {fast_title}.</title>"),
        format!("<rect width=\"{WIDTH}\" height=\"{height}\" rx=\"8\" fill=\"#ffffff\"/>"),
        column(12, &slow_title, "#c2410c", "#ffedd5", slow),
        column(12 + COLUMN, &fast_title, "#15803d", "#dcfce7", fast),
        "</svg>".to_owned(),
    ]
    .join("\n")
}

fn column(left: usize, title: &str, ink: &str, paper: &str, statements: &[String]) -> String {
    let mut parts = vec![format!(
        "<text x=\"{left}\" y=\"28\" font-size=\"16\" font-weight=\"bold\" fill=\"{ink}\" \
         font-family=\"ui-sans-serif, sans-serif\">{title}</text>"
    )];
    for (row, statement) in statements.iter().enumerate() {
        let y = TOP + row * ROW;
        parts.push(format!(
            "<rect x=\"{left}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"2\" fill=\"{paper}\"/>\
             <text x=\"{}\" y=\"{}\" fill=\"#1f2937\">{}</text>",
            COLUMN - 14,
            ROW - 2,
            left + 4,
            y + 7,
            escaped(&shortened(statement)),
        ));
    }
    parts.join("\n")
}

/// Shortens a statement to what fits its bar.
fn shortened(statement: &str) -> String {
    const FITS: usize = 92;
    match statement.char_indices().nth(FITS) {
        None => statement.to_owned(),
        Some((end, _)) => format!("{}…", &statement[..end]),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
