//! A small program over the terminal room: this test binary started again in a pty. The real console comes with the runtime;
//! what is proven here is the room.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use cutover::terminal::{
    capability::Glyphs,
    hangup::{self, Event},
    input::{Input, Key},
    reader,
    session::Session,
    writer::{Frame, Writer},
};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::harness::PtyRun;

/// Says that this process is the program, not the test.
const MARK: &str = "CUTOVER_PROBE";

/// Starts the program in a pty and waits for its first frame.
pub fn start() -> PtyRun {
    let mut run = PtyRun::start(&program(), &ARGS, &[(MARK, "1")], (80, 24));
    run.wait_for_text("ready", Duration::from_secs(10));
    run
}

/// Arguments that make this binary be the program.
pub const ARGS: [&str; 5] = ["terminal::probe::program_in_the_pty", "--exact", "--ignored", "--nocapture", "--test-threads=1"];

pub fn program() -> PathBuf {
    std::env::current_exe().expect("this binary")
}

#[test]
#[ignore = "not a test: the program that the tests here start in a pty"]
fn program_in_the_pty() {
    if std::env::var_os(MARK).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let code = runtime.block_on(run());
        std::process::exit(code);
    }
}

#[derive(Default)]
struct Shown {
    inputs: usize,
    last: String,
    note: String,
    size: (u16, u16),
    flood: u64,
}

async fn run() -> i32 {
    let in_flight = Arc::new(AtomicBool::new(false));
    let session = Session::take().expect("a terminal");
    let mut signals = hangup::start(&session, Arc::clone(&in_flight)).expect("a watcher");
    let mut inputs = reader::start(session.tty()).expect("a reader");
    let writer = Writer::start(session.tty(), Glyphs::Unicode).expect("a writer");
    let mut shown = Shown { size: session.size().unwrap_or((80, 24)), ..Shown::default() };
    let mut is_flooding = false;
    loop {
        writer.submit(Frame { buffer: draw(&shown), repaint: false });
        tokio::select! { biased;
            event = signals.recv() => match event {
                Some(Event::Suspend) => suspend(&session, &writer, &mut shown),
                Some(Event::Continue) => { let _ = session.retake(); writer.forget(); }
                Some(Event::Resize { columns, rows }) => shown.size = (columns, rows),
                Some(event @ (Event::Terminate(_) | Event::HangUp)) => {
                    while in_flight.load(Ordering::Acquire) {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    session.give_back();
                    return hangup::exit_code(event);
                }
                None => return 70,
            },
            input = inputs.recv() => {
                let Some(input) = input else { return 71 };
                shown.inputs += 1;
                shown.last = format!("{input:?}");
                match input {
                    Input::Key(Key::Char('q')) => return 0,
                    Input::Key(Key::Char('p')) => panic!("the loop panics"),
                    Input::Key(Key::Char('w')) => {
                        let _ = std::thread::spawn(|| panic!("a worker panics")).join();
                        shown.note = format!("panics {:?}", session.panics().take().iter().map(|p| p.place.contains("probe.rs")).collect::<Vec<_>>());
                    }
                    Input::Key(Key::Ctrl('z')) => suspend(&session, &writer, &mut shown),
                    Input::Key(Key::Char('f')) => is_flooding = true,
                    Input::Key(Key::Char('h')) => std::thread::sleep(Duration::from_secs(60)),
                    Input::Key(Key::Char('i')) => {
                        in_flight.store(true, Ordering::Release);
                        let landing = Arc::clone(&in_flight);
                        std::thread::spawn(move || {
                            std::thread::sleep(Duration::from_secs(2));
                            landing.store(false, Ordering::Release);
                        });
                        shown.note = "in flight".into();
                    }
                    Input::Key(Key::Char('b')) => writer.bell(),
                    Input::Key(Key::Char('y')) => shown.note = format!("sent {}", writer.copy("rollback checkout", false)),
                    Input::Key(_) | Input::Paste(_) | Input::Burst(_) | Input::Resize { .. } => {}
                }
            },
            () = tokio::time::sleep(Duration::from_millis(1)), if is_flooding => shown.flood += 1,
        }
    }
}

fn suspend(session: &Session, writer: &Writer, shown: &mut Shown) {
    shown.note = match session.suspend() {
        Ok(()) => "back again".into(),
        Err(error) => error.to_string(),
    };
    writer.forget();
}

fn draw(shown: &Shown) -> Buffer {
    let (columns, rows) = shown.size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
    let lines = [
        "ready".to_owned(),
        format!("size {columns}x{rows}"),
        format!("inputs {}", shown.inputs),
        shown.last.clone(),
        shown.note.clone(),
    ];
    for (y, line) in (0..rows).zip(&lines) {
        buffer.set_stringn(0, y, line, columns.into(), Style::new());
    }
    if shown.flood > 0 {
        // The whole screen changes with each frame.
        let digit = char::from(b'0' + u8::try_from(shown.flood % 10).unwrap_or_default()).to_string();
        for y in 5..rows {
            buffer.set_string(0, y, digit.repeat(columns.into()), Style::new());
        }
    }
    buffer
}
