//! Fetches addresses, one a line: shows each result as it comes and a progress bar, and stops when a button is pressed.

use std::time::Duration;

use fanfetch::{Client, Error, Response};
use futures::StreamExt as _;
use futures::future::{AbortHandle, abortable};
use serde::Deserialize;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// The part of a body that is shown.
#[derive(Deserialize)]
struct Named {
    name: String,
}

enum Msg {
    Start,
    Stop,
    Result(Result<Response, Error>),
    Progress(fanfetch::Progress),
    End,
}

#[derive(Default)]
struct App {
    addresses: NodeRef,
    results: Vec<Result<Response, Error>>,
    progress: Option<fanfetch::Progress>,
    running: Option<AbortHandle>,
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(_: &Context<Self>) -> Self {
        Self::default()
    }

    fn update(&mut self, context: &Context<Self>, message: Msg) -> bool {
        match message {
            Msg::Start => self.start(context),
            // Drops the future, which aborts the requests in flight.
            Msg::Stop => self.running.take().into_iter().for_each(|running| running.abort()),
            Msg::Result(result) => self.results.push(result),
            Msg::Progress(progress) => self.progress = Some(progress),
            Msg::End => self.running = None,
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let runs = self.running.is_some();
        let (done, total) = self.progress.map_or((0, 0), |now| (now.succeeded + now.failed, now.total.unwrap_or(0)));
        html! {
            <main>
                <textarea ref={&self.addresses} rows="8" placeholder="Addresses, one a line" />
                <button id="start" disabled={runs} onclick={context.link().callback(|_| Msg::Start)}>{ "Fetch" }</button>
                <button id="stop" disabled={!runs} onclick={context.link().callback(|_| Msg::Stop)}>{ "Stop" }</button>
                <progress value={done.to_string()} max={total.max(1).to_string()} />
                <output>{ format!("{done} of {total}") }</output>
                <ul>{ for self.results.iter().map(line) }</ul>
            </main>
        }
    }
}

impl App {
    fn start(&mut self, context: &Context<Self>) {
        let text = self.addresses.cast::<HtmlTextAreaElement>().map(|area| area.value()).unwrap_or_default();
        let addresses: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(String::from).collect();
        (self.results, self.progress) = (Vec::new(), None);
        let link = context.link().clone();
        let (task, running) = abortable(fetch(addresses, link.clone()));
        self.running = Some(running);
        wasm_bindgen_futures::spawn_local(async move {
            let _ = task.await;
            link.send_message(Msg::End);
        });
    }
}

async fn fetch(addresses: Vec<String>, link: html::Scope<App>) {
    let progress_link = link.clone();
    let client = Client::builder()
        .concurrency(6)
        .timeout(Duration::from_secs(5))
        .on_progress(move |progress| progress_link.send_message(Msg::Progress(progress)))
        .build()
        .expect("all options are valid");
    let mut results = client.fetch_each(addresses);
    while let Some(result) = results.next().await {
        link.send_message(Msg::Result(result));
    }
}

fn line(result: &Result<Response, Error>) -> Html {
    let text = match result {
        Ok(response) => {
            let name = response.json::<Named>().map(|body| body.name);
            format!(
                "{} {}: {}",
                response.status(),
                response.url(),
                name.unwrap_or_else(|_| response.size().to_string())
            )
        }
        Err(error) => error.to_string(),
    };
    html! { <li class={if result.is_ok() { "fine" } else { "failed" }}>{ text }</li> }
}

#[wasm_bindgen(start)]
fn start() {
    yew::Renderer::<App>::new().render();
}
