//! Examples at the end of each command's help.

pub(crate) const INIT: &str = "Examples:
  rustworthy init
  rustworthy init services/shop --yes
  rustworthy init --run 'python app.py' --for 30s
  rustworthy init --dry-run

Exit codes: 4 if there is nothing to measure; 2 if there is a manifest already, or no such folder or Python";

pub(crate) const LIST: &str = "Examples:
  rustworthy list
  rustworthy list --builtin
  rustworthy list --project examples/service --format json";

pub(crate) const COMPARE: &str = "Examples:
  rustworthy compare parse
  rustworthy compare all --quick
  rustworthy compare parse --filter rust --sweep --budget 2m
  rustworthy compare all --export pyperf=times.json";

pub(crate) const GATE: &str = "Examples:
  rustworthy gate --against origin/main
  rustworthy gate parse --against HEAD --fail-over 3%
  rustworthy gate --against origin/main --format markdown
  rustworthy gate --import old.json new.json";

pub(crate) const PROFILE: &str = "Examples:
  rustworthy profile parse:python
  rustworthy profile parse:rust --against parse:python
  rustworthy profile --pid 4711 --duration 30s
  rustworthy profile -- python app.py

Exit codes: that of the program after --, if it has ended by itself; else as for all commands";

pub(crate) const ATTRIBUTE: &str = "Examples:
  rustworthy attribute api
  rustworthy attribute api --quick
  rustworthy attribute --trace traces.json
  rustworthy attribute --listen 4318 --for 10m --service checkout
  rustworthy attribute --listen 4318 -- opentelemetry-instrument python app.py
  rustworthy attribute api --inject service:validate=2ms";

pub(crate) const DECIDE: &str = "Examples:
  rustworthy decide
  rustworthy decide api parse --quick
  rustworthy decide --settle 10m
  rustworthy decide --isolated --enough 90%
  rustworthy decide --fresh --format markdown";

pub(crate) const CAPTURE: &str = "Examples:
  rustworthy capture app:handle -- python app.py
  rustworthy capture shop.cart:Cart.total shop.tax:rate --for 30s -- gunicorn shop:app
  rustworthy capture shop.tax:rate --pytest tests
  rustworthy capture shop.tax:rate --scenario api
  rustworthy capture app:handle --redact 'customer-[0-9]+' --keep 500 -- python app.py

Exit codes: that of the program after --; 4 if it was 0 and no function was called; 2 if a function isn't there, before
anything runs";

pub(crate) const TRY: &str = "Examples:
  rustworthy try parse
  rustworthy try service:validate --quick
  rustworthy try service:validate --input inputs:documents --size 500
  rustworthy try parse --filter 'python3.*' --filter numba --offline";

pub(crate) const NEW: &str = "Examples:
  rustworthy new shop.tax:rate
  rustworthy new shop.cart:Cart.total --name cart-rs
  rustworthy new --check
  rustworthy new --check cart-rs --format json

Exit codes: 0 it builds and is equal; 3 calls differ or fail; 2 it doesn't build, or there can be no crate";

pub(crate) const REPORT: &str = "Examples:
  rustworthy report --open
  rustworthy report .rustworthy/latest --format markdown
  rustworthy report .rustworthy/latest --format junit";

pub(crate) const ROLLOUT: &str = "Examples:
  rustworthy rollout --telemetry /var/lib/shop/telemetry
  rustworthy rollout validate --bound 0.01% --format json

Exit codes: 0 promote; 1 roll back a switch; 5 keep shadowing; 4 no telemetry; 2 no such folder or switch";

pub(crate) const WATCH: &str = "Examples:
  rustworthy watch
  rustworthy watch validate --settle 10m
  rustworthy watch --telemetry /var/lib/shop/telemetry

Exit codes: 0 all are worth it; 1 one isn't any more; 5 it can't be told; 3 a contender failed";

pub(crate) const COMPLETIONS: &str = "Examples:
  rustworthy completions bash > ~/.local/share/bash-completion/completions/rustworthy
  rustworthy completions zsh > ~/.zfunc/_rustworthy
  rustworthy completions fish > ~/.config/fish/completions/rustworthy.fish";

pub(crate) const MAN: &str = "Examples:
  rustworthy man | man -l -
  rustworthy man > ~/.local/share/man/man1/rustworthy.1";

pub(crate) const DOCTOR: &str = "Examples:
  rustworthy doctor
  rustworthy doctor --noise
  rustworthy doctor --python .venv";
