// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_client.h"

#include <algorithm>

#include "base/log.h"

namespace countersign::authority {
namespace {

using std::chrono::milliseconds;
using Kind = WitnessAnswer::Kind;

constexpr const char* kWhatToDo =
    ": this store is not the newest of this log, or its key signs elsewhere. Nothing is confirmed. Put the "
    "newest store "
    "back, repair the log from a mirror of it (countersign log repair), or begin a new origin; "
    "docs/operating.md "
    "says how to tell";

std::string witness_label(const KnownWitness& witness) {
  std::string label = "witness=\"";
  for (const char c : witness.key.name) {
    if (c == '\\' || c == '"') label += '\\';
    label += c;
  }
  return label + '"';
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kCosigned:
      return "cosigned";
    case Kind::kKnowsOther:
      return "knows_other";
    case Kind::kAhead:
      return "ahead";
    case Kind::kBeside:
      return "beside";
    case Kind::kRefuses:
      return "refused";
    case Kind::kFails:
      break;
  }
  return "failed";
}

Standing standing_of(Kind kind) {
  switch (kind) {
    case Kind::kCosigned:
      return Standing::kAgrees;
    case Kind::kKnowsOther:
      return Standing::kClaimsMore;
    case Kind::kAhead:
      return Standing::kAhead;
    case Kind::kBeside:
      return Standing::kBeside;
    case Kind::kRefuses:
    case Kind::kFails:
      break;
  }
  return Standing::kSilent;
}

// By which the check at the start knows them.
std::vector<std::string> names_of(const std::vector<KnownWitness>& witnesses) {
  std::vector<std::string> names;
  names.reserve(witnesses.size());
  for (const KnownWitness& each : witnesses) names.push_back(each.key.text());
  return names;
}

// What the answer shows against our log, if anything.
std::optional<Contradiction> contradiction_in(const WitnessAnswer& answer, const KnownWitness& witness,
                                              TimePoint now) {
  if (answer.kind != Kind::kAhead && answer.kind != Kind::kBeside) return std::nullopt;
  const auto shown = checkpoint::claimed_checkpoint(answer.shown);
  if (!shown) return std::nullopt;
  return Contradiction{shown.value(), answer.shown, witness.key.name, now};
}

AuditEntry audit_entry(const Contradiction& contradiction) {
  const auto& shown = contradiction.checkpoint;
  return {"authority", "log-contradicted", shown.origin,
          "size " + std::to_string(shown.size) + ", root " + base64_encode(shown.root) + ", shown by " +
              contradiction.witness};
}

// Keys that verify none, or not this checkpoint any more, are passed over: they are no witnesses now.
std::size_t count_cosignatures(const std::string& note, const checkpoint::VerifierKey& log,
                               const std::vector<KnownWitness>& witnesses) {
  std::vector<checkpoint::VerifierKey> keys;
  keys.reserve(witnesses.size());
  for (const KnownWitness& each : witnesses) keys.push_back(each.key);
  const auto verified = checkpoint::verify_checkpoint(note, log, keys);
  return verified ? verified.value().cosignatures.size() : 0;
}

}  // namespace

Result<std::unique_ptr<WitnessClient>> WitnessClient::open(Parts parts) {
  TRY(Contradictions contradictions, Contradictions::open(parts.database));
  TRY(auto contradicted, contradictions.of(parts.log.key().name));
  std::unique_ptr<WitnessClient> client(
      new WitnessClient(std::move(parts), contradictions, std::move(contradicted)));
  TRY(client->read_kept());
  return client;
}

WitnessClient::WitnessClient(Parts parts, const Contradictions& contradictions,
                             std::vector<Contradiction> contradicted)
    : parts_(std::move(parts)),
      needed_(std::max<std::size_t>(parts_.options.policy.needed, 1)),
      contradictions_(contradictions),
      progress_(parts_.options.policy),
      start_check_({needed_, parts_.options.when_silent_at_start}) {
  for (Contradiction& each : contradicted) shown_.push_back({std::move(each), Noted::kInAudit});
}

// What was kept counts by the witnesses of now.
Result<void> WitnessClient::read_kept() {
  const std::vector<KnownWitness> witnesses = parts_.witnesses();
  TRY(const auto note, parts_.log.witnessed_checkpoint());
  TRY(const std::uint64_t size, parts_.log.committed_size());
  const std::lock_guard lock(mutex_);
  start_check_.expect(names_of(witnesses));
  progress_.note_newest(size, Moment::clock::now());
  if (!note) return ok();
  TRY(const auto kept, checkpoint::claimed_checkpoint(*note));
  const std::size_t count = count_cosignatures(*note, parts_.log.key(), witnesses);
  if (count < needed_) return ok();
  kept_ = {kept.size, count};
  progress_.note_witnessed(kept.size);
  return ok();
}

void WitnessClient::start() {
  show_metrics();
  rounds_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void WitnessClient::close() {
  rounds_.request_stop();
  const std::lock_guard lock(mutex_);
  for (const auto& lane : lanes_) lane->close();
}

void WitnessClient::stop() {
  rounds_ = {};  // no lane begins any more
  std::list<std::unique_ptr<WitnessLane>> all;
  {
    const std::lock_guard lock(mutex_);
    all.splice(all.end(), lanes_);
    all.splice(all.end(), leaving_);
  }
  for (const auto& lane : all) lane->close();
}

Result<void> WitnessClient::may_sign() {
  const std::lock_guard lock(mutex_);
  if (!shown_.empty()) {
    const Contradiction& first = shown_.front().contradiction;
    return fail(ErrorCode::kConflict, "log: " + first.witness + " shows a checkpoint of " +
                                          first.checkpoint.origin + " of size " +
                                          std::to_string(first.checkpoint.size) +
                                          " that is not of the tree in this store" + kWhatToDo);
  }
  if (auto verdict = start_check_.verdict(); !verdict) {
    const bool is_proof = verdict.error().code == ErrorCode::kConflict;
    return fail(verdict.error().code, "log: " + verdict.error().detail + (is_proof ? kWhatToDo : ""));
  }
  if (!progress_.is_stopped(Moment::clock::now())) return ok();
  return fail(
      ErrorCode::kUnavailable,
      "log: fewer than " + std::to_string(needed_) +
          " witnesses cosign, and nothing is to be confirmed without them (log.when_witnesses_are_away)");
}

documents::WitnessState WitnessClient::state_of(std::uint64_t index, TimePoint issued) const {
  const TimePoint now = parts_.clock.now();
  const std::lock_guard lock(mutex_);
  return progress_.state_of(index, issued, now);
}

// --- the thread that keeps the rounds

void WitnessClient::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {  // the one catch of this thread
      harvest();
      if (Moment::clock::now() >= next_look_) look();
      advance();
    } catch (const std::exception& fault) {
      log_error("log_witnessing_failed", {ErrorCode::kInternal, fault.what()});
    }
    const auto round = board_.round();
    const std::size_t awaited = expected();
    // With nobody to wait for, the next look is early enough; whoever cosigns nevertheless is news.
    const auto most = awaited > 0 ? parts_.options.rounds.pause / 4 : parts_.options.look_every;
    if (round && !round->is_over(needed_, awaited, Moment::clock::now(), parts_.options.rounds))
      board_.wait_for_news(CosigningBoard::Until::kCosigned, most, stop);
    else
      board_.wait_for_news(CosigningBoard::Until::kGrown, parts_.options.look_every, stop);
  }
}

void WitnessClient::look() {
  next_look_ = Moment::clock::now() + parts_.options.look_every;
  std::vector<KnownWitness> witnesses = parts_.witnesses();
  if (witnesses.size() < parts_.options.policy.needed && told_.note("few", Moment::clock::now()))
    log_event(LogLevel::kWarning, "log_has_too_few_witnesses",
              {{"known", std::to_string(witnesses.size())}, {"needed", std::to_string(needed_)}});
  keep_to(std::move(witnesses));
  if (const Result<void> read = read_newest(); !read) {
    if (told_.note("newest", Moment::clock::now())) log_error("log_checkpoint_unreadable", read.error());
  }
  keep_shown();
  settle_shown();
  show_metrics();
}

void WitnessClient::keep_to(std::vector<KnownWitness> witnesses) {
  std::list<std::unique_ptr<WitnessLane>> ended;  // joined without the lock
  {
    const std::lock_guard lock(mutex_);
    for (auto each = leaving_.begin(); each != leaving_.end();) {
      const auto next = std::next(each);
      if ((*each)->has_ended()) ended.splice(ended.end(), leaving_, each);
      each = next;
    }
    for (auto each = lanes_.begin(); each != lanes_.end();) {
      const auto next = std::next(each);
      if (std::ranges::count(witnesses, (*each)->witness()) == 0) {
        (*each)->close();
        reports_.erase((*each)->witness().key.text());
        leaving_.splice(leaving_.end(), lanes_, each);
      }
      each = next;
    }
    start_check_.expect(names_of(witnesses));
    asked_ = witnesses;
    std::erase_if(witnesses, [&](const KnownWitness& each) {
      return std::ranges::any_of(lanes_, [&](const auto& lane) { return lane->witness() == each; });
    });
  }
  for (const KnownWitness& each : witnesses) begin_lane(each);
}

void WitnessClient::begin_lane(const KnownWitness& witness) {
  Result<WitnessVoice> voice = WitnessVoice::open(witness, parts_.log, parts_.clock, parts_.options.limits);
  if (!voice) return hear(witness, {.kind = Kind::kFails, .detail = voice.error().detail});
  auto lane = std::make_unique<WitnessLane>(
      std::move(voice).value(), board_, parts_.log, parts_.options.retries,
      [this](const KnownWitness& of, const WitnessAnswer& answer) { hear(of, answer); });
  const std::lock_guard lock(mutex_);
  lanes_.push_back(std::move(lane));
}

std::vector<WitnessClient::Shown> WitnessClient::shown() const {
  const std::lock_guard lock(mutex_);
  return shown_;
}

// A log that has what was shown after all goes on: its newer store is back, or it was repaired.
void WitnessClient::settle_shown() {
  const std::lock_guard keeping(keeping_);
  for (const auto& [each, noted] : shown()) {
    const Result<merkle::Hash> root = parts_.log.root_at(each.checkpoint.size);
    if (!root || root.value() != each.checkpoint.root || !contradictions_.settle(each)) continue;
    log_event(LogLevel::kWarning, "log_contradiction_settled",
              {{"witness", each.witness}, {"size", std::to_string(each.checkpoint.size)}});
    const std::lock_guard lock(mutex_);
    std::erase_if(shown_,
                  [&](const Shown& other) { return other.contradiction.checkpoint == each.checkpoint; });
    if (shown_.empty()) start_check_.forget_proofs();
  }
}

Result<void> WitnessClient::read_newest() {
  TRY(const std::uint64_t size, parts_.log.committed_size());
  {
    const std::lock_guard lock(mutex_);
    progress_.note_newest(size, Moment::clock::now());
  }
  TRY(const std::string note, parts_.log.newest_checkpoint());
  TRY(auto newest, checkpoint::verify_checkpoint(note, parts_.log.key()));
  if (!newest_ || newest.checkpoint.size > newest_->checkpoint.size) newest_ = std::move(newest);
  return ok();
}

// Those that are worth waiting for: they cosigned the last time, or were not asked yet.
std::size_t WitnessClient::expected() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(lanes_, [this](const auto& lane) {
    const auto found = reports_.find(lane->witness().key.text());
    return found == reports_.end() || found->second.newest == Kind::kCosigned;
  }));
}

// Keeps what enough have cosigned, and what more have cosigned than was kept of that checkpoint. What could
// not be kept is kept with the next news.
void WitnessClient::harvest() {
  const auto round = board_.round();
  if (!round || round->count() < needed_) return;
  const std::uint64_t size = round->checkpoint().checkpoint.size;
  {
    const std::lock_guard lock(mutex_);
    if (kept_ && (size < kept_->size || (size == kept_->size && round->count() <= kept_->cosignatures)))
      return;
  }
  if (const Result<void> kept = parts_.log.keep_witnessed(size, round->note()); !kept) {
    if (told_.note("keep", Moment::clock::now())) log_error("log_cosignatures_not_kept", kept.error());
    return;
  }
  const std::lock_guard lock(mutex_);
  kept_ = {size, round->count()};
  progress_.note_witnessed(size);
}

void WitnessClient::advance() {
  const Moment now = Moment::clock::now();
  const auto round = board_.round();
  if (round && !round->is_over(needed_, expected(), now, parts_.options.rounds)) return;
  if (const Result<void> read = read_newest(); !read) return;  // told at each look
  if (!round || round->checkpoint().checkpoint.size < newest_->checkpoint.size) board_.begin(*newest_, now);
}

// --- the threads that ask

void WitnessClient::hear(const KnownWitness& witness, const WitnessAnswer& answer) {
  count_answer(witness, answer.kind);
  const auto contradiction = contradiction_in(answer, witness, parts_.clock.now());
  bool is_shown_first = false;
  bool is_news = false;
  {
    const std::lock_guard lock(mutex_);
    is_shown_first = add_shown(contradiction);
    start_check_.note(witness.key.text(), standing_of(answer.kind));
    if (std::ranges::count(asked_, witness) > 0) {
      const auto [report, is_first] = reports_.try_emplace(witness.key.text());
      is_news = is_first || report->second.newest != answer.kind;
      report->second.newest = answer.kind;
      if (answer.kind == Kind::kCosigned) report->second.cosigned_size = answer.cosigned_size;
    }
  }
  if (is_shown_first) {
    log_event(LogLevel::kError, "log_contradicted",
              {{"witness", witness.key.name}, {"size", std::to_string(contradiction->checkpoint.size)}});
    keep_shown();
  }
  const std::string event = witness.key.text() + std::string(name_of(answer.kind));
  if (!is_news || !told_.note(event, Moment::clock::now())) return;
  const bool is_good = answer.kind == Kind::kCosigned;
  log_event(is_good ? LogLevel::kInfo : LogLevel::kWarning, "log_witness",
            {{"witness", witness.key.name}, {"answer", name_of(answer.kind)}, {"detail", answer.detail}});
}

// Whether it is the first that shows it. Under the lock.
bool WitnessClient::add_shown(const std::optional<Contradiction>& contradiction) {
  if (!contradiction) return false;
  const auto is_same = [&](const Shown& other) {
    return other.contradiction.checkpoint == contradiction->checkpoint;
  };
  if (std::ranges::any_of(shown_, is_same)) return false;
  shown_.push_back({*contradiction, Noted::kHere});
  return true;
}

// What cannot be kept now is kept at a later look.
void WitnessClient::keep_shown() {
  const std::lock_guard keeping(keeping_);
  for (const Shown& each : shown()) {
    const Noted noted = note_down(each);
    const std::lock_guard lock(mutex_);
    for (Shown& other : shown_)
      if (other.contradiction.checkpoint == each.contradiction.checkpoint) other.noted = noted;
  }
}

WitnessClient::Noted WitnessClient::note_down(const Shown& shown) {
  const Contradiction& contradiction = shown.contradiction;
  const auto tell = [this](const char* event, const Error& error) {
    if (told_.note(event, Moment::clock::now())) log_error(event, error);
  };
  if (shown.noted == Noted::kInAudit) return Noted::kInAudit;
  if (shown.noted == Noted::kHere) {
    const Result<bool> kept = contradictions_.keep(contradiction);
    if (!kept) {
      tell("log_contradiction_not_kept", kept.error());
      return Noted::kHere;
    }
    if (!kept.value()) return Noted::kInAudit;  // with that one, or with the ten before it
  }
  const Result<void> recorded = parts_.record(audit_entry(contradiction));
  if (recorded) return Noted::kInAudit;
  tell("log_contradiction_not_recorded", recorded.error());
  return Noted::kInStore;
}

void WitnessClient::count_answer(const KnownWitness& witness, Kind kind) {
  parts_.metrics
      .counter("countersign_log_witness_answers_total", "Answers of the witnesses of our log.",
               witness_label(witness) + ",answer=\"" + std::string(name_of(kind)) + "\"")
      .add();
}

void WitnessClient::show_metrics() {
  const auto set = [this](std::string_view name, std::string_view help, std::uint64_t value) {
    parts_.metrics.gauge(name, help).set(static_cast<std::int64_t>(value));
  };
  const bool signs = may_sign().has_value();
  const std::lock_guard lock(mutex_);
  set("countersign_log_witnessed_size", "Entries of our log that enough witnesses have cosigned.",
      progress_.witnessed());
  set("countersign_log_unwitnessed_entries", "Entries of our log that wait for cosignatures.",
      progress_.newest() - std::min(progress_.newest(), progress_.witnessed()));
  set("countersign_log_unwitnessed_seconds", "For how long an entry of our log waits for cosignatures.",
      static_cast<std::uint64_t>(
          std::chrono::floor<std::chrono::seconds>(progress_.waiting(Moment::clock::now())).count()));
  set("countersign_log_contradicted", "Checkpoints that our log signed and that are not of its tree.",
      shown_.size());
  set("countersign_log_may_sign", "1 while the witnesses let our log sign.", signs ? 1 : 0);
  for (const KnownWitness& witness : asked_) {
    const auto report = reports_.find(witness.key.text());
    if (report == reports_.end()) continue;
    parts_.metrics
        .gauge("countersign_log_witness_size", "Entries of our log that a witness has cosigned.",
               witness_label(witness))
        .set(static_cast<std::int64_t>(report->second.cosigned_size));
  }
}

}  // namespace countersign::authority
