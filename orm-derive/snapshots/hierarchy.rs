#[entity(hierarchy = Staff)]
struct Employee {
    id: Auto<i64>,
    name: String,
    kind: Discriminator<EmployeeKind>,
}

#[entity(table = "boss")]
struct Boss {
    #[entity(base)]
    employee: Employee,
    golf_average: f64,
}

enum Staff {
    #[entity(discriminator = EmployeeKind::Employee)]
    Employee(Employee),
    #[entity(discriminator = EmployeeKind::Boss)]
    Boss(Boss),
}
