//! A program in a pseudo terminal: feed keys, look at the screen, pull the plug.
//!
//! Nothing reads the terminal but [`PtyRun::pump`] and what calls it: a test that stops pumping is a terminal that froze.

use std::{
    os::fd::OwnedFd,
    path::Path,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, PtySize, SlavePty};
use rustix::{
    event::{PollFd, PollFlags, Timespec},
    fs::{OFlags, fcntl_setfl},
    process::{Pid, PidfdFlags, PidfdGetfdFlags, Signal, kill_process, pidfd_getfd, pidfd_open},
    termios::{Termios, Winsize, tcgetattr, tcsetwinsize},
};

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    pub code: u32,
    /// Name of the signal that killed it.
    pub signal: Option<String>,
    pub after: Duration,
}

pub struct PtyRun {
    /// `None` after [`PtyRun::hang_up`].
    master: Option<OwnedFd>,
    /// Kept so that the terminal outlives the program and can be looked at.
    slave: Option<Box<dyn SlavePty + Send>>,
    child: Box<dyn Child + Send + Sync>,
    parser: vt100::Parser,
    raw: Vec<u8>,
    found: Termios,
}

impl PtyRun {
    /// Starts a program in a new session on a new terminal of `(columns, rows)`. Of the environment only `PATH` and `HOME` are
    /// handed down; `TERM` and `LANG` are set and can be overridden.
    pub fn start(program: &Path, args: &[&str], env: &[(&str, &str)], (columns, rows): (u16, u16)) -> Self {
        let pair = portable_pty::native_pty_system()
            .openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })
            .expect("a pty");
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        for name in ["PATH", "HOME"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8")].iter().chain(env) {
            command.env(name, value);
        }
        // Our own copy of the master, as an owned descriptor: the one of portable-pty can be neither polled nor, with a
        // reader blocked on it, closed.
        let number = pair.master.as_raw_fd().expect("a descriptor");
        let this = pidfd_open(rustix::process::getpid(), PidfdFlags::empty()).expect("a pidfd");
        let master = pidfd_getfd(&this, number, PidfdGetfdFlags::empty()).expect("the master");
        fcntl_setfl(&master, OFlags::RDWR | OFlags::NONBLOCK).expect("non-blocking");
        let found = tcgetattr(&master).expect("termios");
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.master);
        Self {
            master: Some(master),
            slave: Some(pair.slave),
            child,
            parser: vt100::Parser::new(rows, columns, 0),
            raw: Vec::new(),
            found,
        }
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.process_id().expect("a pid")).expect("a pid")).expect("a pid")
    }

    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// What stands on the screen now, as text.
    pub fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// All bytes that came since the start, or since [`PtyRun::forget_raw`].
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    pub fn forget_raw(&mut self) {
        self.raw.clear();
    }

    /// Types, or pastes, or sends noise: bytes as a terminal sends them, in one write.
    pub fn keys(&mut self, bytes: &[u8]) {
        let master = self.master.as_ref().expect("not hung up");
        let mut rest = bytes;
        while !rest.is_empty() {
            match rustix::io::write(master, rest) {
                Ok(count) => rest = &rest[count..],
                Err(rustix::io::Errno::AGAIN) => std::thread::sleep(Duration::from_millis(1)),
                Err(error) => panic!("the terminal takes no keys: {error}"),
            }
        }
    }

    /// Reads what is there, waiting for it at most so long. Returns how many bytes came.
    pub fn pump(&mut self, patience: Duration) -> usize {
        let Some(master) = &self.master else { return 0 };
        let timeout = Timespec::try_from(patience).expect("a duration");
        let mut waits = [PollFd::new(master, PollFlags::IN)];
        let _ = rustix::event::poll(&mut waits, Some(&timeout));
        let mut bytes = vec![0_u8; 65536];
        match rustix::io::read(master, &mut bytes) {
            Ok(count) => {
                self.parser.process(&bytes[..count]);
                self.raw.extend_from_slice(&bytes[..count]);
                count
            }
            Err(_) => 0,
        }
    }

    /// Bytes that the program wrote and nobody has read yet.
    pub fn unread(&self) -> u64 {
        rustix::io::ioctl_fionread(self.master.as_ref().expect("not hung up")).expect("a terminal")
    }

    /// Reads for so long, whatever comes.
    pub fn pump_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.pump(Duration::from_millis(5).min(end - Instant::now()));
        }
    }

    /// Reads until the screen is as wanted. Panics with what was on it when that takes longer than `patience`.
    pub fn wait_for(&mut self, what: &str, patience: Duration, wanted: impl Fn(&vt100::Screen) -> bool) {
        let end = Instant::now() + patience;
        while !wanted(self.parser.screen()) {
            if Instant::now() >= end {
                let tail = &self.raw[self.raw.len().saturating_sub(600)..];
                panic!(
                    "not within {patience:?}: {what}; on the screen:\n{}\nlast bytes: {:?}",
                    self.text(),
                    String::from_utf8_lossy(tail)
                );
            }
            self.pump(Duration::from_millis(10));
        }
    }

    /// Reads until this text stands somewhere on the screen.
    pub fn wait_for_text(&mut self, text: &str, patience: Duration) {
        self.wait_for(text, patience, |screen| screen.contents().contains(text));
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(self.master.as_ref().expect("not hung up"), size).expect("resized");
        self.parser.screen_mut().set_size(rows, columns);
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the program lives");
    }

    /// The terminal goes away, as when an SSH line drops.
    pub fn hang_up(&mut self) {
        self.slave = None;
        self.master = None;
    }

    /// Waits for the end. `reads`: whether the terminal goes on reading meanwhile. `None`: it still runs.
    pub fn wait_exit(&mut self, patience: Duration, reads: bool) -> Option<Exit> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("wait") {
                let after = start.elapsed();
                while self.pump(Duration::from_millis(20)) > 0 {}
                return Some(Exit { code: status.exit_code(), signal: status.signal().map(ToOwned::to_owned), after });
            }
            if start.elapsed() >= patience {
                return None;
            }
            if reads && self.master.is_some() {
                self.pump(Duration::from_millis(5));
            } else {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    /// What is left of the program on the terminal: modes that are still on, termios that are not as they were found.
    pub fn left_behind(&self) -> Vec<&'static str> {
        let screen = self.parser.screen();
        let now = tcgetattr(self.master.as_ref().expect("not hung up")).expect("termios");
        let is_same = format!("{now:?}") == format!("{:?}", self.found);
        let mouse = screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None;
        [
            (screen.alternate_screen(), "alternate screen"),
            (screen.hide_cursor(), "cursor hidden"),
            (screen.bracketed_paste(), "bracketed paste"),
            (screen.application_cursor(), "application cursor"),
            (screen.application_keypad(), "application keypad"),
            (mouse, "mouse"),
            (!is_same, "termios"),
        ]
        .into_iter()
        .filter_map(|(left, name)| left.then_some(name))
        .collect()
    }

    /// CPU time of the program so far (user and system), in clock ticks of 10 ms.
    pub fn cpu_ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid().as_raw_nonzero())).expect("stat");
        let after_name = stat.rsplit_once(')').expect("a name").1;
        after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
    }
}

impl Drop for PtyRun {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
