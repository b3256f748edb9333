//! Arguments -> settings -> log -> dispatch -> exit code.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
    sync::Arc,
};

use cutover::{
    backend::registry,
    cli::{
        args::Args,
        exit::Exit,
        run::{run, run_alone},
    },
    config::{load, places, program},
    runtime::{log, screen, start},
    terminal::capability::Capability,
    ui::theme::Theme,
};

fn main() -> ExitCode {
    // Backtraces only where somebody asks for them; an operator at night needs the sentence.
    let _ = color_eyre::config::HookBuilder::default().display_env_section(false).install();
    let args = match Args::read(std::env::args_os()) {
        Ok(args) => args,
        Err(spoken) => {
            let done = if spoken.exit == Exit::Done {
                say(&mut io::stdout(), &spoken.text)
            } else {
                say(&mut io::stderr(), &spoken.text)
            };
            return if done.is_ok() { spoken.exit.into() } else { Exit::Unexpected.into() };
        }
    };
    match dispatch(&args) {
        Ok(code) => code,
        Err(error) => {
            let _ = say(&mut io::stderr(), &format!("cutover: {error:#}\n"));
            Exit::Unexpected.into()
        }
    }
}

fn dispatch(args: &Args) -> color_eyre::Result<ExitCode> {
    let around = places::Surroundings::of_process();
    let themes = Theme::names();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_keep_alive(std::time::Duration::from_secs(5))
        .enable_all()
        .build()?;
    if let Some(exit) = runtime.block_on(run_alone(args, &around, &themes, &mut io::stdout(), &mut io::stderr())) {
        return Ok(exit.into());
    }
    let loaded = match load::load(&args.flags(), &around, &themes, &registry::declared()) {
        Ok(loaded) => loaded,
        Err(error) => {
            say(&mut io::stderr(), &error.to_string())?;
            return Ok(Exit::Config.into());
        }
    };
    let settings = start::settings(args, &loaded);
    let _log = log::start(&loaded.paths.log_file, &settings.log.level);
    let guard = runtime.enter();
    let world =
        if args.is_demo() { start::demo_world(args, &loaded) } else { start::real_world(&settings, &loaded, Arc::default()) };
    drop(guard);
    let world = match world {
        Ok(world) => world,
        Err(error) => {
            say(&mut io::stderr(), &format!("cutover: {error}\n"))?;
            return Ok(error.exit().into());
        }
    };
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let capability = screen::capability(args, &settings, is_terminal);
    let code = if args.opens_console(is_terminal) && matches!(capability, Capability::Screen { .. }) {
        u8::try_from(screen::run(&runtime, args, &loaded, settings, world, &capability)?).unwrap_or(1).into()
    } else {
        runtime.block_on(run(args, &world, &mut io::stdout(), &mut io::stderr())).into()
    };
    // Reads that still wait for an answer must not keep the process.
    runtime.shutdown_background();
    // Nor may a credential plugin that hangs stay behind it.
    program::end_all();
    Ok(code)
}

fn say(to: &mut dyn Write, text: &str) -> io::Result<()> {
    to.write_all(text.as_bytes())?;
    to.flush()
}
