//! Addresses, one a line, fetched all at once: each result as it comes, a bar that says how far it is, and a button that
//! stops it.

use std::num::NonZeroU32;
use std::time::Duration;

use fanfetch::{Client, Error, Response};
use futures_util::StreamExt as _;
use futures_util::future::{AbortHandle, abortable};
use serde::Deserialize;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

const AT_ONCE: NonZeroU32 = NonZeroU32::new(6).unwrap();

/// What is shown of a body that has a name.
#[derive(Deserialize)]
struct Named {
    name: String,
}

enum Told {
    Start,
    Stop,
    Came(Result<Response, Error>),
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
    type Message = Told;
    type Properties = ();

    fn create(_: &Context<Self>) -> Self {
        Self::default()
    }

    fn update(&mut self, context: &Context<Self>, told: Told) -> bool {
        match told {
            Told::Start => self.start(context),
            // Its future is dropped, and with that what is in flight aborted.
            Told::Stop => self.running.take().into_iter().for_each(|running| running.abort()),
            Told::Came(result) => self.results.push(result),
            Told::Progress(progress) => self.progress = Some(progress),
            Told::End => self.running = None,
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let runs = self.running.is_some();
        let (done, total) = self.progress.map_or((0, 0), |now| (now.succeeded + now.failed, now.total.unwrap_or(0)));
        html! {
            <main>
                <textarea ref={&self.addresses} rows="8" placeholder="Addresses, one a line" />
                <button id="start" disabled={runs} onclick={context.link().callback(|_| Told::Start)}>{ "Fetch" }</button>
                <button id="stop" disabled={!runs} onclick={context.link().callback(|_| Told::Stop)}>{ "Stop" }</button>
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
            link.send_message(Told::End);
        });
    }
}

async fn fetch(addresses: Vec<String>, link: html::Scope<App>) {
    let teller = link.clone();
    let client = Client::builder()
        .concurrency(AT_ONCE)
        .timeout(Duration::from_secs(5))
        .on_progress(move |progress| teller.send_message(Told::Progress(progress)))
        .build()
        .expect("all options are what they may be");
    let mut results = client.fetch_each(addresses);
    while let Some(result) = results.next().await {
        link.send_message(Told::Came(result));
    }
}

fn line(result: &Result<Response, Error>) -> Html {
    let text = match result {
        Ok(response) => {
            let name = response.json::<Named>().map(|body| body.name);
            format!("{} {}: {}", response.status(), response.url(), name.unwrap_or_else(|_| response.size().to_string()))
        }
        Err(error) => error.to_string(),
    };
    html! { <li class={if result.is_ok() { "fine" } else { "failed" }}>{ text }</li> }
}

#[wasm_bindgen(start)]
fn start() {
    yew::Renderer::<App>::new().render();
}
