//! Names, each kept once.

use std::collections::{BTreeMap, HashMap};
use std::mem;

use super::code::PythonFunction;
use super::group::grouped;
use super::groups::Groups;
use super::options::remedy;
use super::value::hash;

/// Names whose operation is remembered, so that it need not be found out again.
const REMEMBERED: usize = 1 << 16;
/// Services, instances of services and processes.
const MOST_RESOURCES: usize = 1 << 20;

/// Operations, and which names are theirs.
pub(super) struct Operations {
    group: bool,
    most: u64,
    names: Vec<Box<str>>,
    by_name: HashMap<Box<str>, u32>,
    /// Not complete: where names are many, most are seen once.
    remembered: HashMap<Box<str>, u32>,
    groups: Groups,
    functions: Functions,
}

/// Operations that are functions of Python, each with the first of the files that it is said to be in, in the order of the
/// alphabet; `None` where none is said.
pub(super) type Functions = BTreeMap<String, Option<String>>;

/// Takes note of a function, and of a file that it is said to be in.
pub(super) fn note_function(functions: &mut Functions, name: &str, file: Option<&str>) {
    let known = match functions.get_mut(name) {
        Some(known) => known,
        None => functions.entry(name.to_owned()).or_default(),
    };
    if file.is_some_and(|file| known.as_deref().is_none_or(|known| file < known)) {
        *known = file.map(str::to_owned);
    }
}

impl Operations {
    pub(super) fn new(group: bool, most: u64) -> Self {
        Self {
            group,
            most,
            names: Vec::new(),
            by_name: HashMap::new(),
            remembered: HashMap::new(),
            groups: Groups::default(),
            functions: Functions::new(),
        }
    }

    /// The operation of a span of this name: the function that it tells of, if it does.
    ///
    /// # Errors
    /// When that makes too many.
    pub(super) fn of_span(&mut self, name: &str, function: Option<&PythonFunction>) -> Result<u32, String> {
        let Some(function) = function else { return self.of(name) };
        note_function(&mut self.functions, &function.name, function.file.as_deref());
        self.intern(&function.name)
    }

    /// The operation of a name.
    ///
    /// # Errors
    /// When that makes too many.
    pub(super) fn of(&mut self, name: &str) -> Result<u32, String> {
        if let Some(operation) = self.remembered.get(name) {
            return Ok(*operation);
        }
        let operation = if self.group {
            let pattern = grouped(name);
            let operation = self.intern(&pattern)?;
            if pattern != name {
                self.groups.count(&pattern, name);
            }
            operation
        } else {
            self.intern(name)?
        };
        if self.remembered.len() < REMEMBERED {
            self.remembered.insert(name.into(), operation);
        }
        Ok(operation)
    }

    /// The operation that has this name itself.
    ///
    /// # Errors
    /// When that makes too many.
    pub(super) fn intern(&mut self, name: &str) -> Result<u32, String> {
        if let Some(operation) = self.by_name.get(name) {
            return Ok(*operation);
        }
        if self.names.len() as u64 >= self.most {
            let why =
                if self.group { "which has to be an id that isn't in a path" } else { "since they aren't grouped" };
            return Err(format!(
                "more than {} names of operations, the limit, {why}; name them after what they do, or {}",
                self.most,
                remedy("operations")
            ));
        }
        let operation = self.names.len() as u32;
        self.names.push(name.into());
        self.by_name.insert(name.into(), operation);
        Ok(operation)
    }

    /// The name of an operation.
    pub(super) fn name(&self, operation: u32) -> &str {
        &self.names[operation as usize]
    }

    /// Names that were taken for one operation, for none any more.
    pub(super) fn take_groups(&mut self) -> Groups {
        mem::take(&mut self.groups)
    }

    /// Those that are functions of Python, for none any more.
    pub(super) fn take_functions(&mut self) -> Functions {
        mem::take(&mut self.functions)
    }
}

/// What emits spans: a service, and which instance of it. Each has a clock of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Resource {
    service: u32,
    instance: u64,
}

/// What tells the instance of this name from others.
fn number_of(instance: &str) -> u64 {
    if instance.is_empty() { 0 } else { hash(instance) }
}

/// Resources. One can be referred to before it is known, since some formats have it after its spans.
pub(super) struct Resources {
    services: Vec<Box<str>>,
    service_by_name: HashMap<Box<str>, u32>,
    known: HashMap<Resource, u32>,
    all: Vec<Resource>,
}

impl Resources {
    /// The resource that has no name is the first.
    pub(super) fn new() -> Self {
        let nameless = Resource::default();
        Self {
            services: vec!["".into()],
            service_by_name: HashMap::from([("".into(), 0)]),
            known: HashMap::from([(nameless.clone(), 0)]),
            all: vec![nameless],
        }
    }

    /// The resource of this service and instance.
    ///
    /// # Errors
    /// When that makes too many.
    pub(super) fn of(&mut self, service: &str, instance: &str) -> Result<u32, String> {
        self.of_instance(service, number_of(instance))
    }

    /// The resource of this service and of the instance that has this [number](Self::instance).
    ///
    /// # Errors
    /// When that makes too many.
    pub(super) fn of_instance(&mut self, service: &str, instance: u64) -> Result<u32, String> {
        let resource = self.resource(service, instance)?;
        if let Some(known) = self.known.get(&resource) {
            return Ok(*known);
        }
        if self.known.len() >= MOST_RESOURCES {
            return Err(format!("more than {MOST_RESOURCES} instances of services, which can't be; is their id one?"));
        }
        let number = self.all.len() as u32;
        self.all.push(resource.clone());
        self.known.insert(resource, number);
        Ok(number)
    }

    /// A resource that will be [defined](Self::define) later.
    pub(super) fn undefined(&mut self) -> u32 {
        self.all.push(Resource::default());
        self.all.len() as u32 - 1
    }

    /// Says which one a resource is.
    ///
    /// # Errors
    /// When there are too many services.
    pub(super) fn define(&mut self, resource: u32, service: &str, instance: &str) -> Result<(), String> {
        self.all[resource as usize] = self.resource(service, number_of(instance))?;
        Ok(())
    }

    fn resource(&mut self, service: &str, instance: u64) -> Result<Resource, String> {
        let number = match self.service_by_name.get(service) {
            Some(number) => *number,
            None if self.services.len() >= MOST_RESOURCES => {
                return Err(format!("more than {MOST_RESOURCES} services, which can't be; is their name an id?"));
            }
            None => {
                let number = self.services.len() as u32;
                self.services.push(service.into());
                self.service_by_name.insert(service.into(), number);
                number
            }
        };
        Ok(Resource { service: number, instance })
    }

    /// The service that a resource is of.
    pub(super) fn service(&self, resource: u32) -> u32 {
        self.all[resource as usize].service
    }

    /// The name of a service, empty where it has none.
    pub(super) fn service_name(&self, service: u32) -> &str {
        &self.services[service as usize]
    }

    /// The service of that name, if there is one.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        self.service_by_name.get(name).copied().filter(|_| !name.is_empty())
    }

    /// The names of all services that have one.
    pub(super) fn services(&self) -> impl Iterator<Item = &str> {
        self.services.iter().map(|name| &name[..]).filter(|name| !name.is_empty())
    }

    /// Of each resource the first that is the same: what was referred to before it was known may have several numbers.
    pub(super) fn first_of_each(&self) -> Vec<u32> {
        let mut first = HashMap::with_capacity(self.known.len());
        self.all.iter().zip(0..).map(|(resource, number)| *first.entry(resource).or_insert(number)).collect()
    }

    /// The instance that a resource is of its service, 0 where there is no telling.
    pub(super) fn instance(&self, resource: u32) -> u64 {
        self.all[resource as usize].instance
    }
}
