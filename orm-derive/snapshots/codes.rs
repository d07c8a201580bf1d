#[derive(Clone, Copy)]
pub enum Status {
    #[db_enum(label = "to be done")]
    Open,
    #[db_enum(code = "DONE")]
    Done,
}
