//! Calls of functions. They are asked while expressions are worked out, which waits for nobody: so the plug-ins that have them run on a thread
//! of their own, started with the first call and kept until the last. A provider is not configured for its functions. What was worked
//! out once is remembered: a function gives the same for the same.

use std::collections::HashMap;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use situs_protocol::dynamic;
use situs_protocol::wire::tfplugin6::call_function;
use situs_provider::{Function, Problem};
use situs_value::{Type, Value};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::process::Launch;
use super::running::Running;
use super::wire::CALL;

type Answer = Result<call_function::Response, Problem>;

/// One call on its way.
struct Job {
    launch: Launch,
    ask: call_function::Request,
    answer: mpsc::Sender<Answer>,
}

/// The thread, and how it is given work.
struct Thread {
    jobs: UnboundedSender<Job>,
    handle: JoinHandle<()>,
}

/// The thread, and what it has worked out.
#[derive(Default)]
pub(super) struct Functions {
    thread: Mutex<Option<Thread>>,
    known: Mutex<HashMap<Vec<u8>, Value>>,
}

impl Functions {
    /// Calls a function of a plug-in.
    pub fn call(
        &self,
        launch: &Launch,
        name: &str,
        function: &Function,
        arguments: &[Value],
    ) -> Result<Value, (String, Option<usize>)> {
        let ask = request(name, function, arguments)?;
        let key = [launch.source.as_bytes(), &prost::Message::encode_to_vec(&ask)].concat();
        let known = self
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let answer = self.ask(launch, ask).map_err(|problem| (told(&problem), None))?;
        if let Some(error) = answer.error {
            let at = error.function_argument.and_then(|i| usize::try_from(i).ok());
            return Err((error.text, at));
        }
        let value = dynamic::unpack(answer.result.as_ref(), &function.returns);
        let value = value.map_err(|wrong| (format!("its answer cannot be read: {wrong}"), None))?;
        let value = value.ok_or_else(|| ("it gives no answer".to_owned(), None))?;
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(key, value.clone());
        Ok(value)
    }

    fn ask(&self, launch: &Launch, ask: call_function::Request) -> Answer {
        let gone = || Problem::error("the provider cannot be asked", "");
        let (answer, heard) = mpsc::channel();
        let job = Job {
            launch: launch.clone(),
            ask,
            answer,
        };
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        thread.get_or_insert_with(begin).jobs.send(job).map_err(|_| gone())?;
        drop(thread);
        heard.recv().map_err(|_| gone())?
    }

    /// Ends the plug-ins that were asked, and waits for their end.
    pub fn end(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Thread { jobs, handle }) = thread {
            drop(jobs);
            let _ = handle.join();
        }
    }
}

/// A process that nobody waits for would stay.
impl Drop for Functions {
    fn drop(&mut self) {
        self.end();
    }
}

fn request(
    name: &str,
    function: &Function,
    arguments: &[Value],
) -> Result<call_function::Request, (String, Option<usize>)> {
    let any = Type::Dynamic;
    let one = |(i, value): (usize, &Value)| {
        let parameter = function.parameters.get(i).or(function.variadic.as_ref());
        let packed = dynamic::pack(value, parameter.map_or(&any, |p| &p.ty));
        let packed = packed.map_err(|wrong| (wrong.to_string(), Some(i)))?;
        packed.ok_or_else(|| ("it has no value".to_owned(), Some(i)))
    };
    Ok(call_function::Request {
        name: name.to_owned(),
        arguments: arguments.iter().enumerate().map(one).collect::<Result<_, _>>()?,
    })
}

fn told(problem: &Problem) -> String {
    match problem.detail.is_empty() {
        true => problem.summary.clone(),
        false => format!("{}: {}", problem.summary, problem.detail.replace('\n', " ")),
    }
}

fn begin() -> Thread {
    let (jobs, work) = unbounded_channel();
    let handle = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime {
            runtime.block_on(serve(work));
        }
    });
    Thread { jobs, handle }
}

async fn serve(mut work: UnboundedReceiver<Job>) {
    let mut running: HashMap<String, Arc<Running>> = HashMap::new();
    while let Some(job) = work.recv().await {
        let answer = match running.get(&job.launch.source) {
            Some(one) => call(one, job.ask).await,
            None => match Running::start(&job.launch).await {
                Ok(one) => {
                    let one = running.entry(job.launch.source).or_insert(Arc::new(one)).clone();
                    call(&one, job.ask).await
                }
                Err(problem) => Err(problem),
            },
        };
        let _ = job.answer.send(answer);
    }
    for one in running.values() {
        one.end().await;
    }
}

async fn call(running: &Running, ask: call_function::Request) -> Answer {
    let nothing = || Problem::error("the provider says nothing", "");
    running
        .call(&CALL, ask)
        .await
        .map_err(|problems| problems.into_iter().next().unwrap_or_else(nothing))
}
