module prestop.example

go 1.19
