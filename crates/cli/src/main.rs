//! The command `prestop`.

fn main() -> std::process::ExitCode {
    prestop_cli::run(std::env::args_os()).into()
}
