//! Names, each kept once.

use std::collections::{HashMap, HashSet};

use super::code::PythonFunction;
use super::group::grouped;
use super::options::remedy;
use super::value::hash;

/// Names whose operation is remembered, so that it need not be found out again.
const REMEMBERED: usize = 1 << 16;
/// Distinct names that are counted.
const COUNTED: usize = 1 << 20;
/// Services, instances of services and processes.
const MOST_RESOURCES: usize = 1 << 20;

/// Names that were taken for one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouped {
    /// What stands for them, such as `GET /user/{id}`.
    pub pattern: String,
    /// The first of them, in the order of the alphabet.
    pub example: String,
    /// How many distinct ones there were.
    pub names: u64,
    /// Whether there were more than `names`: too many to count.
    pub or_more: bool,
}

/// Operations, and which names are theirs.
pub(super) struct Operations {
    group: bool,
    most: u64,
    names: Vec<Box<str>>,
    by_name: HashMap<Box<str>, u32>,
    /// Not complete: where names are many, most are seen once.
    remembered: HashMap<Box<str>, u32>,
    groups: HashMap<u32, Grouped>,
    counted: HashSet<(u32, u64)>,
    /// Those that are functions of Python, with the file that they are in, where that is known.
    functions: HashMap<u32, Option<Box<str>>>,
}

impl Operations {
    pub(super) fn new(group: bool, most: u64) -> Self {
        Self {
            group,
            most,
            names: Vec::new(),
            by_name: HashMap::new(),
            remembered: HashMap::new(),
            groups: HashMap::new(),
            counted: HashSet::new(),
            functions: HashMap::new(),
        }
    }

    /// The operation of a span of this name: the function that it tells of, if it does.
    ///
    /// # Errors
    /// When that makes too many.
    pub(super) fn of_span(&mut self, name: &str, function: Option<&PythonFunction>) -> Result<u32, String> {
        let Some(function) = function else { return self.of(name) };
        let operation = self.intern(&function.name)?;
        let file = function.file.as_deref();
        let known = self.functions.entry(operation).or_insert_with(|| file.map(Into::into));
        // Of several files the first in the order of the alphabet, whichever was read first.
        if file.is_some_and(|file| known.as_deref().is_none_or(|known| file < known)) {
            *known = file.map(Into::into);
        }
        Ok(operation)
    }

    /// Whether an operation is a function of Python.
    pub(super) fn is_function(&self, operation: u32) -> bool {
        self.functions.contains_key(&operation)
    }

    /// The file that an operation is defined in, where it is a function and that is known.
    pub(super) fn file(&self, operation: u32) -> Option<&str> {
        self.functions.get(&operation)?.as_deref()
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
                self.count(operation, &pattern, name);
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

    fn intern(&mut self, name: &str) -> Result<u32, String> {
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

    fn count(&mut self, operation: u32, pattern: &str, name: &str) {
        let group = self.groups.entry(operation).or_insert_with(|| Grouped {
            pattern: pattern.to_owned(),
            example: name.to_owned(),
            names: 0,
            or_more: false,
        });
        if name < &group.example[..] {
            name.clone_into(&mut group.example);
        }
        if self.counted.len() >= COUNTED {
            group.or_more = true;
        } else if self.counted.insert((operation, hash(name))) {
            group.names += 1;
        }
    }

    /// The name of an operation.
    pub(super) fn name(&self, operation: u32) -> &str {
        &self.names[operation as usize]
    }

    /// What was grouped, the largest group first.
    pub(super) fn grouped(&self) -> Vec<Grouped> {
        let mut groups: Vec<_> = self.groups.values().cloned().collect();
        groups.sort_by(|a, b| b.names.cmp(&a.names).then_with(|| a.pattern.cmp(&b.pattern)));
        groups
    }
}

/// What emits spans: a service, and which instance of it. Each has a clock of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Resource {
    service: u32,
    instance: u64,
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
        self.all[resource as usize] = self.resource(service, instance)?;
        Ok(())
    }

    fn resource(&mut self, service: &str, instance: &str) -> Result<Resource, String> {
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
        Ok(Resource { service: number, instance: if instance.is_empty() { 0 } else { hash(instance) } })
    }

    /// The service that a resource is of.
    pub(super) fn service(&self, resource: u32) -> u32 {
        self.all[resource as usize].service
    }

    /// The name of a service, empty where it has none.
    pub(super) fn service_name(&self, service: u32) -> &str {
        &self.services[service as usize]
    }

    /// The service of that name.
    ///
    /// # Errors
    /// When there is none, with the names that there are.
    pub(super) fn find(&self, name: &str) -> Result<u32, String> {
        const NAMED: usize = 10;
        if let Some(service) = self.service_by_name.get(name).filter(|_| !name.is_empty()) {
            return Ok(*service);
        }
        let mut known: Vec<&str> = self.services.iter().map(|name| &name[..]).filter(|name| !name.is_empty()).collect();
        known.sort_unstable();
        let more = known.len().saturating_sub(NAMED);
        known.truncate(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Err(match known[..] {
            [] => "no span names its service (`service.name`); leave it out".to_owned(),
            _ => format!("no span is of a service '{name}'; there are {}{more}", known.join(", ")),
        })
    }

    /// Whether both have the same clock.
    pub(super) fn same_clock(&self, one: u32, other: u32) -> bool {
        one == other || self.all[one as usize] == self.all[other as usize]
    }
}
