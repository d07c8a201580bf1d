//! Statements as text: what is shown is what is sent, values are correct literals, names and hooks
//! change the text, and secrets are not shown.

mod hooks;
mod literals;
mod secrets;
mod shown;
