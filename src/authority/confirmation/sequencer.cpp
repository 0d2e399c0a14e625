// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/sequencer.h"

#include "authority/confirmation/log_catch_up.h"
#include "base/log.h"

namespace countersign::authority {

Result<std::unique_ptr<Sequencer>> Sequencer::start(storage::Database& database, DeciderParts parts,
                                                    const Clock& clock,
                                                    const std::filesystem::path& reservation_file,
                                                    SequencerOptions options, LogWitnessing* witnesses) {
  Decider::Takeover takeover;
  std::int64_t next_index = 0;
  TRY(database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(takeover.process, parts.store.claim_sequence(transaction));
    TRY(takeover.restored, parts.store.restored(transaction));
    TRY(const SequenceState state, parts.store.sequence(transaction));
    next_index = state.next_index;
    const AuditEntry entry{"authority", "claim-sequence", std::to_string(takeover.process),
                           "next index " + std::to_string(next_index)};
    return parts.audit.append(transaction, {&entry, 1}, clock.now());
  }));
  TRY(IndexReservation reservation, IndexReservation::open(reservation_file, next_index));
  std::function<Result<void>()> catch_up;
  if (parts.log != nullptr) {
    catch_up = [&database, parts, &clock, process = takeover.process]() -> Result<void> {
      TRY(catch_up_log({database, parts.store, parts.audit, *parts.log, clock}, process));
      return ok();
    };
    if (witnesses == nullptr || witnesses->may_sign()) {
      TRY(catch_up());
      catch_up = {};
    }
  }
  Work work{database, clock, Decider(parts, options.decider, takeover, std::move(reservation)), witnesses,
            std::move(catch_up)};
  return std::unique_ptr<Sequencer>(new Sequencer(std::move(work), options));
}

Sequencer::Sequencer(Work work, SequencerOptions options)
    : work_(std::move(work)), options_(options), thread_([this] { run(); }) {}

Sequencer::~Sequencer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

void Sequencer::submit(VerifiedRequest request, Answer answer) {
  const Result<std::size_t> waiting = enqueue(request, answer);
  if (!waiting) {
    answer(fail(waiting.error()));
  } else if (waiting.value() == 1 || waiting.value() == options_.batch_limit) {
    arrived_.notify_one();  // the thread waits for one of these
  }
}

Result<std::size_t> Sequencer::enqueue(VerifiedRequest& request, Answer& answer) {
  const std::lock_guard lock(mutex_);
  if (fenced_ || stopping_)
    return fail(ErrorCode::kUnavailable, "sequencer: this process does not confirm any more");
  if (queue_.size() >= options_.queue_limit)
    return fail(ErrorCode::kRateLimited, "sequencer: too many orders are waiting");
  queue_.push_back({std::move(request), std::move(answer)});
  return queue_.size();
}

bool Sequencer::is_confirming() const {
  const std::lock_guard lock(mutex_);
  return !fenced_ && !stopping_;
}

SequencerCounts Sequencer::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void Sequencer::run() {
  for (;;) {
    std::deque<Job> jobs = take_batch();
    if (jobs.empty()) return;
    begin_at_ = std::chrono::steady_clock::now();
    if (jobs.size() > 1) begin_at_ += options_.pace;
    process(std::move(jobs));
  }
}

// Waits for the next batch; empty when the sequencer stops and nothing is left to answer.
std::deque<Sequencer::Job> Sequencer::take_batch() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  arrived_.wait_until(lock, begin_at_, [this] { return stopping_ || queue_.size() >= options_.batch_limit; });
  std::deque<Job> jobs;
  while (!queue_.empty() && jobs.size() < options_.batch_limit) {
    jobs.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return jobs;
}

// Whether anything new may be confirmed; the log has then all that it is to have before.
Result<void> Sequencer::may_confirm() {
  if (work_.witnesses == nullptr) return ok();
  TRY(work_.witnesses->may_sign());
  if (!work_.catch_up) return ok();
  if (const Result<void> caught_up = work_.catch_up(); !caught_up) {
    log_error("log_catch_up_failed", caught_up.error());
    return fail(ErrorCode::kUnavailable,
                "the public log lacks entries that cannot be appended at the moment");
  }
  work_.catch_up = {};
  return ok();
}

// The one catch of the sequencer's thread: what throws takes its batch along and nothing else.
Result<std::vector<Result<Decision>>> Sequencer::decide(const std::deque<Job>& jobs) try {
  std::vector<const VerifiedRequest*> requests;
  requests.reserve(jobs.size());
  for (const Job& job : jobs) requests.push_back(&job.request);
  const Result<void> waits = may_confirm();
  std::vector<Result<Decision>> outcomes;
  const auto written = work_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(outcomes, work_.decider.decide(transaction, requests, work_.clock.now(), waits));
    return ok();
  });
  work_.decider.settle(written ? LogAppender::Outcome::kCommitted : LogAppender::Outcome::kFailed);
  if (!written) return fail(written.error());
  if (work_.witnesses != nullptr) work_.witnesses->log_grew();
  return outcomes;
} catch (const std::exception& fault) {
  work_.decider.settle(LogAppender::Outcome::kFailed);
  return fail(ErrorCode::kInternal, std::string("batch: ") + fault.what());
}

void Sequencer::process(std::deque<Job> jobs) {
  Result<std::vector<Result<Decision>>> outcomes = decide(jobs);
  if (outcomes) {
    count(outcomes.value());
    for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].answer(std::move(outcomes.value()[i]));
    return;
  }
  Error error = outcomes.error();
  log_error("batch_failed", error);
  {
    const std::lock_guard lock(mutex_);
    counts_.failed += jobs.size();
    if (error.code == ErrorCode::kForbidden) fenced_ = true;
  }
  if (error.code != ErrorCode::kStorageFull) error.code = ErrorCode::kUnavailable;
  for (Job& job : jobs) job.answer(fail(error));
}

void Sequencer::count(const std::vector<Result<Decision>>& outcomes) {
  const std::lock_guard lock(mutex_);
  ++counts_.batches;
  for (const Result<Decision>& outcome : outcomes) {
    if (!outcome) {
      ++counts_.failed;
      continue;
    }
    switch (outcome.value().kind) {
      case Decision::Kind::kConfirmed:
        ++counts_.confirmed;
        break;
      case Decision::Kind::kRepeated:
        ++counts_.repeated;
        break;
      case Decision::Kind::kRefused:
        ++counts_.refused;
        break;
    }
  }
}

}  // namespace countersign::authority
