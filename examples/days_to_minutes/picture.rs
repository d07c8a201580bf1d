//! The seconds of each step as bars, as an SVG.

use crate::measure::Measured;

const WIDTH: usize = 960;
const BARS: usize = 400;
/// The most pixels of a bar.
const LONGEST: f64 = 380.0;
const ROW: usize = 28;

/// Draws a bar for each step. The bars of a part are to its own scale.
pub(crate) fn picture(database: &str, parts: &[(&str, &[Measured])]) -> String {
    let rows: usize = parts.iter().map(|(_, steps)| steps.len() + 2).sum();
    let height = rows * ROW + 24;
    let mut lines = vec![
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             font-family=\"ui-sans-serif, sans-serif\" font-size=\"14\">"
        ),
        format!("<title>Seconds and statements of each step, on {database}</title>"),
        format!("<rect width=\"{WIDTH}\" height=\"{height}\" rx=\"8\" fill=\"#ffffff\"/>"),
    ];
    let mut y = 32;
    for (title, steps) in parts {
        lines.push(format!(
            "<text x=\"16\" y=\"{y}\" font-size=\"17\" font-weight=\"bold\" \
             fill=\"#1f2937\">{title}, on {database}</text>"
        ));
        let longest = steps.iter().map(|step| step.time.as_secs_f64()).fold(0.0, f64::max);
        for step in *steps {
            y += ROW;
            lines.push(bar(step, y, longest));
        }
        y += 2 * ROW;
    }
    lines.push("</svg>".to_owned());
    lines.join("\n")
}

fn bar(step: &Measured, y: usize, longest: f64) -> String {
    let seconds = step.time.as_secs_f64();
    let width = (seconds / longest * LONGEST).max(1.0);
    // The longest bar is what the other steps improve.
    let fill = if seconds >= longest { "#c2410c" } else { "#15803d" };
    let statements = step.summary.statements;
    let word = if statements == 1 { "statement" } else { "statements" };
    format!(
        "<text x=\"16\" y=\"{y}\" fill=\"#1f2937\">{}</text>\
         <rect x=\"{BARS}\" y=\"{}\" width=\"{width:.1}\" height=\"18\" rx=\"2\" fill=\"{fill}\"/>\
         <text x=\"{:.1}\" y=\"{y}\" fill=\"#1f2937\">{seconds:.3} s, {statements} {word}</text>",
        step.name,
        y - 14,
        BARS as f64 + width + 8.0,
    )
}
