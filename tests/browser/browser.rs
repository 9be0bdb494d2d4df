//! One Chromium behind one chromedriver, for one test. Both are killed when the test ends, also by a panic.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::forum::{Forum, PASSWORD};

/// For everything that a page does after it was loaded.
const PATIENCE: Duration = Duration::from_secs(10);
const DESKTOP: u32 = 1366;
/// WebDriver's names of keys.
pub const TAB: &str = "\u{e004}";
pub const ENTER: &str = "\u{e007}";
pub const ESCAPE: &str = "\u{e00c}";
pub const DOWN: &str = "\u{e015}";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    On,
    /// As a browser whose owner has switched JavaScript off for every page.
    Off,
}

pub struct Browser {
    pub client: Client,
    url: String,
    session: String,
    driver: Driver,
}

struct Driver {
    process: Child,
    _stdout: BufReader<ChildStdout>,
    address: String,
    profile: tempfile::TempDir,
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        // Chromium outlives its driver. Ours is known by its profile, which nobody else has.
        let pids = running_with(self.profile.path());
        if !pids.is_empty() {
            let _ = Command::new("kill").arg("-KILL").args(pids).status();
        }
    }
}

/// Processes whose command line names `profile`.
fn running_with(profile: &Path) -> Vec<String> {
    let name = profile.to_string_lossy();
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    processes
        .flatten()
        .filter(|entry| {
            std::fs::read(entry.path().join("cmdline"))
                .is_ok_and(|line| String::from_utf8_lossy(&line).contains(&*name))
        })
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        .collect()
}

fn installed(names: &[&str]) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let all = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    all.into_iter().find(|file| file.is_file())
}

/// What a test runs: a journey in a browser at `forum`; nothing where no Chromium is installed.
pub fn journey(scripts: Scripts, forum: fn() -> Forum, steps: impl AsyncFnOnce(&Forum, &Browser)) {
    let chromium = installed(&["chromium", "chromium-browser", "google-chrome"]);
    let driver = installed(&["chromedriver"]);
    let (Some(chromium), Some(driver)) = (chromium, driver) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "chromium and chromedriver are wanted in CI"
        );
        eprintln!("skipped: chromium or chromedriver is missing");
        return;
    };
    let forum = forum();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let browser = Browser::open(&forum.url, &chromium, &driver, scripts).await;
        steps(&forum, &browser).await;
    });
}

impl Driver {
    fn start(program: &Path) -> Driver {
        let mut process = Command::new(program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        let port = loop {
            line.clear();
            assert_ne!(
                stdout.read_line(&mut line).unwrap(),
                0,
                "chromedriver ended"
            );
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim().trim_end_matches('.').to_owned();
            }
        };
        Driver {
            process,
            _stdout: stdout,
            address: format!("http://127.0.0.1:{port}"),
            profile: tempfile::tempdir().unwrap(),
        }
    }
}

impl Browser {
    async fn open(url: &str, chromium: &Path, driver: &Path, scripts: Scripts) -> Browser {
        let driver = Driver::start(driver);
        let mut preferences = json!({});
        if scripts == Scripts::Off {
            preferences["profile.managed_default_content_settings.javascript"] = json!(2);
        }
        let wanted = json!({
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": {
                "binary": chromium,
                "prefs": preferences,
                "args": [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--force-prefers-reduced-motion",
                    format!("--user-data-dir={}", driver.profile.path().display()),
                    format!("--window-size={DESKTOP},900"),
                ],
            },
        });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted.as_object().cloned().unwrap())
            .connect(&driver.address)
            .await
            .unwrap();
        let session = client.session_id().await.unwrap().unwrap();
        Browser {
            client,
            url: url.to_owned(),
            session,
            driver,
        }
    }

    /// A command that only chromedriver has.
    fn extra(&self, path: &str, body: &Value) -> Value {
        let address = format!("{}/session/{}/{path}", self.driver.address, self.session);
        let mut answer = ureq::post(&address).send_json(body).unwrap();
        answer.body_mut().read_json::<Value>().unwrap()["value"].take()
    }

    /// A command of Chromium's own protocol.
    pub fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.extra(
            "goog/cdp/execute",
            &json!({ "cmd": command, "params": parameters }),
        )
    }

    /// What pages wrote to the console since the last call, refusals of the content policy among it.
    pub fn console(&self) -> Vec<String> {
        let log = self.extra("se/log", &json!({ "type": "browser" }));
        let lines = log.as_array().cloned().unwrap();
        lines
            .iter()
            .map(|line| line["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The width of the page in CSS pixels, narrower than any window.
    pub fn set_width(&self, width: u32) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false }),
        );
    }

    pub async fn go(&self, path: &str) {
        self.client
            .goto(&format!("{}{path}", self.url))
            .await
            .unwrap();
    }

    pub async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    pub async fn find(&self, css: &str) -> Element {
        let found = self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(css))
            .await;
        match found {
            Ok(element) => element,
            Err(error) => self.lost(css, &error.to_string()).await,
        }
    }

    pub async fn text(&self, css: &str) -> String {
        self.at(css, async |element| element.text().await).await
    }

    pub async fn value(&self, css: &str) -> String {
        let value = self.at(css, async |element| element.prop("value").await);
        value.await.unwrap()
    }

    pub async fn fill(&self, css: &str, text: &str) {
        self.at(css, async |field| {
            field.clear().await?;
            field.send_keys(text).await
        })
        .await;
    }

    pub async fn click(&self, css: &str) {
        self.at(css, async |element| element.click().await).await;
    }

    /// Does something with an element; with its successor where the page was replaced between finding and doing.
    async fn at<T>(&self, css: &str, act: impl AsyncFn(Element) -> Result<T, CmdError>) -> T {
        let begun = Instant::now();
        loop {
            match act(self.find(css).await).await {
                Ok(done) => return done,
                Err(gone) if gone.is_stale_element_reference() && begun.elapsed() < PATIENCE => {}
                Err(error) => self.lost(css, &error.to_string()).await,
            }
        }
    }

    /// Presses the button or link with these words inside `within`, and waits for the page that it leads to.
    pub async fn press(&self, within: &str, words: &str) {
        let scope = self.find(within).await;
        let path = format!(".//*[(self::button or self::a) and normalize-space(.)='{words}']");
        match scope.find(Locator::XPath(&path)).await {
            Ok(found) => self.follow(found, words).await,
            Err(error) => {
                let what = format!("{within} 「{words}」");
                self.lost(&what, &error.to_string()).await
            }
        }
    }

    /// The same for what has no words of its own.
    pub async fn press_at(&self, css: &str) {
        self.follow(self.find(css).await, css).await;
    }

    async fn follow(&self, pressed: Element, what: &str) {
        self.leave(what, async || pressed.click().await).await;
    }

    /// Presses keys where the focus is, and waits for the page that they lead to.
    pub async fn follow_by_keys(&self, keys: &str, what: &str) {
        self.leave(what, async || self.type_keys(keys).await).await;
    }

    /// Does what leads to another page, and waits for that page: before it is there, whatever is asked may be asked of the old one.
    async fn leave(&self, what: &str, by: impl AsyncFnOnce() -> Result<(), CmdError>) {
        self.run("window.left = true").await;
        if let Err(error) = by().await {
            self.lost(what, &error.to_string()).await
        }
        self.until(what, async || self.has_arrived().await).await;
    }

    /// Whether a page is there that was not marked as left.
    async fn has_arrived(&self) -> bool {
        let script = "return window.left === undefined && document.readyState === 'complete'";
        let answer = self.client.execute(script, Vec::new()).await;
        answer.is_ok_and(|value| value == true)
    }

    async fn lost<T>(&self, what: &str, why: &str) -> T {
        let path = self.path().await;
        let page = self
            .run("return (document.querySelector('main') ?? document.body).innerText")
            .await;
        panic!(
            "{what} on {path}: {why}\n{}",
            page.as_str().unwrap_or_default()
        );
    }

    /// Presses keys one after another, wherever the focus is; `follow_by_keys` where they lead to another page.
    pub async fn keys(&self, keys: &str) {
        self.type_keys(keys).await.unwrap();
    }

    async fn type_keys(&self, keys: &str) -> Result<(), CmdError> {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for value in keys.chars() {
            actions = actions
                .then(KeyAction::Down { value })
                .then(KeyAction::Up { value });
        }
        self.client.perform_actions(actions).await
    }

    pub async fn tab(&self) {
        self.keys(TAB).await;
    }

    /// Asks again until the answer is yes.
    pub async fn until(&self, what: &str, ask: impl AsyncFn() -> bool) {
        let begun = Instant::now();
        while !ask().await {
            if begun.elapsed() > PATIENCE {
                self.lost(what, "waited for it").await
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn sign_in(&self, email: &str) {
        self.go("/login").await;
        self.fill("#email", email).await;
        self.fill("#password", PASSWORD).await;
        self.press("main", "ログイン").await;
        self.find("nav a[href='/settings']").await;
    }

    pub async fn sign_out(&self) {
        self.go("/settings").await;
        self.press("form[action='/logout']", "ログアウト").await;
        self.find("nav a[href='/login']").await;
    }

    /// The page as it is printed on A4: a PDF, kept beside the pictures where these are wanted.
    pub fn print(&self, name: &str) -> Vec<u8> {
        let options = json!({ "preferCSSPageSize": true });
        let printed = self.devtools("Page.printToPDF", options);
        let coded = printed["data"].as_str().unwrap();
        let bytes = data_encoding::BASE64.decode(coded.as_bytes()).unwrap();
        if std::env::var_os("HIROBA_SCREENS").is_some() {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screens");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(format!("{name}.pdf")), &bytes).unwrap();
        }
        bytes
    }

    /// With HIROBA_SCREENS set: the whole page as a picture in `target/screens`, on a desktop and on a phone.
    pub fn shoot(&self, name: &str) {
        if std::env::var_os("HIROBA_SCREENS").is_none() {
            return;
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screens");
        std::fs::create_dir_all(&folder).unwrap();
        for width in [DESKTOP, 360] {
            self.set_width(width);
            let picture = self.devtools(
                "Page.captureScreenshot",
                json!({ "format": "png", "captureBeyondViewport": true }),
            );
            let coded = picture["data"].as_str().unwrap();
            let bytes = data_encoding::BASE64.decode(coded.as_bytes()).unwrap();
            std::fs::write(folder.join(format!("{name}-{width}.png")), bytes).unwrap();
        }
        self.devtools("Emulation.clearDeviceMetricsOverride", json!({}));
    }
}
