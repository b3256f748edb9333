//! Every way out, and what is left on the terminal after it.

use std::{path::Path, time::Duration};

use rustix::process::{Pid, Signal, kill_process};

use super::{
    harness::{Exit, PtyRun},
    probe,
};

const SOON: Duration = Duration::from_secs(5);
/// reliability.md 5 and P11: terminal back and process gone. Some air for a loaded machine.
const GONE: Duration = Duration::from_millis(1300);

fn ends(run: &mut PtyRun, patience: Duration, reads: bool) -> Exit {
    run.wait_exit(patience, reads).unwrap_or_else(|| panic!("still running after {patience:?}; on the screen:\n{}", run.text()))
}

#[test]
fn starts_and_quits_without_a_trace() {
    let mut run = probe::start();
    assert_eq!(run.left_behind(), ["alternate screen", "cursor hidden", "bracketed paste", "termios"]);
    run.keys(b"q");
    let exit = ends(&mut run, GONE, true);
    assert_eq!((exit.code, exit.signal), (0, None));
    assert_eq!(run.left_behind(), [""; 0]);
}

#[test]
fn signals_end_it_cleanly() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let mut run = probe::start();
        run.signal(signal);
        let exit = ends(&mut run, GONE, true);
        assert_eq!((exit.code, &exit.signal), (code, &None), "{signal:?}");
        assert_eq!(run.left_behind(), [""; 0], "{signal:?}");
    }
}

#[test]
fn a_panic_of_the_loop_gives_the_terminal_back_and_then_says_where() {
    let mut run = probe::start();
    run.keys(b"p");
    let exit = ends(&mut run, GONE, true);
    assert_eq!((exit.code, exit.signal), (101, None));
    assert_eq!(run.left_behind(), [""; 0]);
    assert!(run.text().contains("internal error in thread"), "{}", run.text());
    assert!(!run.text().contains("the loop panics"), "the message may hold a secret: {}", run.text());
}

#[test]
fn a_panic_of_a_worker_leaves_the_screen_alone() {
    let mut run = probe::start();
    run.keys(b"w");
    run.wait_for_text("panics [true]", SOON);
    assert!(!run.text().contains("a worker panics"), "{}", run.text());
    run.keys(b"q");
    assert_eq!(ends(&mut run, GONE, true).code, 0);
}

#[test]
fn hang_up_ends_it() {
    let mut run = probe::start();
    run.hang_up();
    let exit = ends(&mut run, GONE, false);
    assert_eq!((exit.code, exit.signal), (129, None));
}

/// `CUTOVER_CLOSES` sets how many.
#[test]
fn closed_at_any_moment_it_is_gone() {
    let closes = std::env::var("CUTOVER_CLOSES").ok().and_then(|n| n.parse().ok()).unwrap_or(15);
    let mut random = fastrand::Rng::with_seed(5);
    for _ in 0..closes {
        let mut run = PtyRun::start(&probe::program(), &probe::ARGS, &[("CUTOVER_PROBE", "1")], (80, 24));
        run.pump_for(Duration::from_millis(random.u64(0..40)));
        if random.bool() {
            run.keys(b"f");
            run.pump_for(Duration::from_millis(random.u64(0..40)));
        }
        run.hang_up();
        let exit = ends(&mut run, GONE, false);
        // Before the terminal is taken HUP has its default, or there is no terminal to take.
        assert!(exit.signal.is_some() || matches!(exit.code, 129 | 101), "{exit:?}");
    }
}

/// `CUTOVER_CLOSES` sets how many.
#[test]
fn ended_at_any_moment_the_terminal_is_as_it_was() {
    let ends_wanted = std::env::var("CUTOVER_CLOSES").ok().and_then(|n| n.parse().ok()).unwrap_or(15);
    let mut random = fastrand::Rng::with_seed(6);
    for _ in 0..ends_wanted {
        let mut run = PtyRun::start(&probe::program(), &probe::ARGS, &[("CUTOVER_PROBE", "1")], (80, 24));
        run.pump_for(Duration::from_millis(random.u64(0..40)));
        if run.wait_exit(Duration::ZERO, true).is_none() {
            run.signal(if random.bool() { Signal::TERM } else { Signal::INT });
        }
        let exit = ends(&mut run, GONE, true);
        assert!(exit.signal.is_some() || exit.code >= 129, "{exit:?}");
        assert_eq!(run.left_behind(), [""; 0], "{exit:?}");
    }
}

#[test]
fn a_loop_that_hangs_is_ended_by_the_watcher() {
    let mut run = probe::start();
    run.keys(b"h");
    run.pump_for(Duration::from_millis(100));
    run.signal(Signal::TERM);
    let exit = ends(&mut run, GONE, true);
    assert_eq!((exit.code, exit.signal), (143, None));
    assert_eq!(run.left_behind(), [""; 0]);
}

#[test]
fn a_terminal_that_does_not_read_holds_nobody() {
    for (keys, signal, code) in [("f", Signal::TERM, 143), ("f", Signal::HUP, 129), ("fh", Signal::TERM, 143)] {
        let mut run = probe::start();
        run.keys(keys.as_bytes());
        // Nobody reads: the writer gets stuck with a frame half written.
        std::thread::sleep(Duration::from_millis(300));
        run.signal(signal);
        let exit = ends(&mut run, GONE, false);
        assert_eq!((exit.code, &exit.signal), (code, &None), "{keys} {signal:?}");
        assert_eq!(run.left_behind(), [""; 0], "{keys} {signal:?}");
    }
}

#[test]
fn a_frozen_terminal_shows_the_present_when_it_reads_again() {
    let mut run = probe::start();
    run.keys(b"f");
    run.wait_for_text("inputs 1", SOON);
    std::thread::sleep(Duration::from_millis(500));
    let busy = run.cpu_ticks();
    for _ in 0..20 {
        run.keys(b"x");
        std::thread::sleep(Duration::from_millis(40));
    }
    assert!(run.cpu_ticks() - busy < 60, "burns CPU while frozen");
    run.forget_raw();
    run.wait_for_text("inputs 21", SOON);
    // What the kernel held and the frame that was under way, then the newest: not a backlog of hundreds.
    assert!(run.raw().len() < 64 * 1024, "{} bytes of old frames", run.raw().len());
}

#[test]
fn an_action_in_flight_is_waited_for_but_the_terminal_is_not() {
    let mut run = probe::start();
    run.keys(b"i");
    run.wait_for_text("in flight", SOON);
    run.signal(Signal::TERM);
    assert_eq!(run.wait_exit(Duration::from_secs(1), true), None, "cut the action off");
    assert_eq!(run.left_behind(), [""; 0], "terminal not back within a second");
    let exit = ends(&mut run, Duration::from_secs(4), true);
    assert_eq!(exit.code, 143);
}

#[test]
fn a_hang_up_in_flight_burns_no_cpu() {
    let mut run = probe::start();
    run.keys(b"i");
    run.wait_for_text("in flight", SOON);
    run.hang_up();
    std::thread::sleep(Duration::from_millis(300));
    let before = run.cpu_ticks();
    std::thread::sleep(Duration::from_secs(1));
    assert!(run.cpu_ticks() - before <= 5, "spins after the hang-up");
    assert_eq!(ends(&mut run, Duration::from_secs(4), false).code, 129);
}

/// `CUTOVER_SUSPENDS` sets how often.
#[test]
fn suspended_and_continued_by_a_real_shell() {
    let cycles = std::env::var("CUTOVER_SUSPENDS").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    let mut run = PtyRun::start(Path::new("bash"), &["--norc", "--noprofile", "-i"], &[("PS1", "shell$ ")], (80, 24));
    run.wait_for_text("shell$", SOON);
    run.keys(format!("CUTOVER_PROBE=1 {} {}\r", probe::program().display(), probe::ARGS.join(" ")).as_bytes());
    run.wait_for("the program", SOON, |screen| screen.alternate_screen() && screen.contents().contains("ready"));
    for _ in 0..cycles {
        // As fingers do it: faster would be a burst.
        run.pump_for(Duration::from_millis(60));
        run.keys(b"\x1a");
        run.wait_for("the shell", SOON, |screen| !screen.alternate_screen() && screen.contents().contains("Stopped"));
        assert!(!run.screen().hide_cursor());
        run.keys(b"clear; echo echoed\r");
        run.wait_for_text("echoed", SOON);
        run.keys(b"fg\r");
        run.wait_for("the program again", SOON, |screen| screen.alternate_screen() && screen.contents().contains("back again"));
        run.pump_for(Duration::from_millis(60));
        run.keys(b"x");
        run.wait_for_text("Key(Char('x'))", SOON);
    }
    run.pump_for(Duration::from_millis(60));
    run.keys(b"q");
    run.wait_for("the shell", SOON, |screen| !screen.alternate_screen() && screen.contents().contains("shell$"));
    run.keys(b"exit\r");
    ends(&mut run, SOON, true);
}

#[test]
fn ended_in_the_background_it_ends_and_leaves_the_terminal_to_the_shell() {
    let mut run = PtyRun::start(Path::new("bash"), &["--norc", "--noprofile", "-i"], &[("PS1", "shell$ ")], (80, 24));
    run.wait_for_text("shell$", SOON);
    run.keys(format!("CUTOVER_PROBE=1 {} {}\r", probe::program().display(), probe::ARGS.join(" ")).as_bytes());
    run.wait_for("the program", SOON, |screen| screen.alternate_screen() && screen.contents().contains("ready"));
    // Stopped without a chance to give the terminal back.
    let bash = run.pid().as_raw_nonzero();
    let children = std::fs::read_to_string(format!("/proc/{bash}/task/{bash}/children")).expect("children");
    let program =
        children.split_whitespace().next().and_then(|pid| pid.parse().ok()).and_then(Pid::from_raw).expect("the program");
    kill_process(program, Signal::STOP).expect("it lives");
    run.wait_for_text("Stopped", SOON);
    run.keys(b"kill %1; sleep 1; jobs; echo over\r");
    run.wait_for_text("Exit 143", SOON);
    run.forget_raw();
    run.pump_for(Duration::from_millis(500));
    assert!(!String::from_utf8_lossy(run.raw()).contains("1049"), "wrote on the shell's terminal");
}

#[test]
fn without_a_shell_there_is_no_suspending() {
    let mut run = probe::start();
    run.keys(b"\x1a");
    run.wait_for_text("no shell", SOON);
    assert!(run.screen().alternate_screen());
}

#[test]
fn stopped_and_continued_from_outside_it_paints_anew() {
    let mut run = probe::start();
    run.signal(Signal::STOP);
    std::thread::sleep(Duration::from_millis(50));
    run.forget_raw();
    run.signal(Signal::CONT);
    run.wait_for("a whole frame", SOON, |screen| screen.contents().contains("ready"));
    run.pump_for(Duration::from_millis(200));
    assert!(run.raw().windows(4).any(|bytes| bytes == b"\x1b[2J"), "{:?}", String::from_utf8_lossy(run.raw()));
}

#[test]
fn keys_arrive_and_a_paste_is_not_keys() {
    let mut run = probe::start();
    run.keys(b"\x1b[A");
    run.wait_for_text("Key(Up)", SOON);
    run.keys(b"\x1b");
    run.wait_for_text("Key(Esc)", SOON);
    // An arrow that the line split in two.
    run.keys(b"\x1b");
    std::thread::sleep(Duration::from_millis(10));
    run.keys(b"[B");
    run.wait_for_text("Key(Down)", SOON);
    run.keys(b"\x1b[200~50-kv\r\x1b[201~");
    run.wait_for_text("Paste(", SOON);
    run.keys(b"\r");
    run.wait_for_text("Burst([Enter])", SOON);
}

#[test]
fn a_resize_is_drawn_whole_and_nothing_is_written_when_nothing_changes() {
    let mut run = probe::start();
    run.resize(120, 36);
    run.wait_for_text("size 120x36", SOON);
    run.pump_for(Duration::from_millis(100));
    run.forget_raw();
    run.pump_for(Duration::from_millis(300));
    assert_eq!(run.raw().len(), 0, "{:?}", String::from_utf8_lossy(run.raw()));
}

#[test]
fn bell_and_clipboard_go_through_the_writer() {
    let mut run = probe::start();
    run.forget_raw();
    run.keys(b"b");
    run.pump_for(Duration::from_millis(60));
    run.keys(b"y");
    run.wait_for_text("sent true", SOON);
    run.pump_for(Duration::from_millis(50));
    let raw = String::from_utf8_lossy(run.raw()).into_owned();
    assert!(raw.contains('\x07') && raw.contains("\x1b]52;c;cm9sbGJhY2sgY2hlY2tvdXQ=\x1b\\"), "{raw:?}");
}
