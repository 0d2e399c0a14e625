// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "authority/confirmation/decide.h"
#include "authority/confirmation/log_witnessing.h"

namespace countersign::authority {

struct SequencerOptions {
  std::size_t queue_limit = 2048;  // requests waiting; beyond: kRateLimited
  std::size_t batch_limit = 128;   // requests in one transaction
  // While several requests come at a time, batches begin no faster than this: a commit costs as much
  // processor time as a confirmation. A request that comes alone does not wait.
  std::chrono::microseconds pace{4000};
  DeciderOptions decider;
};

// Counts since start, for metrics.
struct SequencerCounts {
  std::uint64_t batches = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t repeated = 0;
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;
};

// Sequencer is the one writer of confirmations. Its thread takes whatever queued while the disk was busy,
// decides all of it in one durable transaction, and only then answers (docs/decisions/sequencer.md). A
// process that finds that another one has taken the sequence over stops confirming for good. Thread-safe.
class Sequencer {
 public:
  // Called once per request on the sequencer's thread (or on the submitting one when it is turned away); must
  // not block.
  using Answer = std::function<void(Result<Decision>)>;

  // Takes the sequence over, appends to the public log what it lacks, and starts the thread. Where the log's
  // witnesses (null: it has none) do not let it sign yet, what it lacks is appended before the first
  // confirmation. `parts` and `witnesses` outlive the sequencer; `reservation_file` is the IndexReservation
  // beside the secrets.
  static Result<std::unique_ptr<Sequencer>> start(storage::Database& database, DeciderParts parts,
                                                  const Clock& clock,
                                                  const std::filesystem::path& reservation_file,
                                                  SequencerOptions options = {},
                                                  LogWitnessing* witnesses = nullptr);
  // Answers what is queued, then stops.
  ~Sequencer();

  // Answers kRateLimited when too much waits, kUnavailable once it has stopped confirming; kStorageFull and
  // kUnavailable when the batch could not be stored: then nothing of it was.
  void submit(VerifiedRequest request, Answer answer);

  bool is_confirming() const;
  SequencerCounts counts() const;

 private:
  struct Job {
    VerifiedRequest request;
    Answer answer;
  };
  struct Work {
    storage::Database& database;
    const Clock& clock;
    Decider decider;
    LogWitnessing* witnesses;
    std::function<Result<void>()> catch_up;  // what the log lacks; empty once that is there
  };
  Sequencer(Work work, SequencerOptions options);
  // Takes both only when it answers how many wait now; else they are the caller's still.
  Result<std::size_t> enqueue(VerifiedRequest& request, Answer& answer);
  void run();
  std::deque<Job> take_batch();
  void process(std::deque<Job> jobs);
  Result<std::vector<Result<Decision>>> decide(const std::deque<Job>& jobs);
  Result<void> may_confirm();
  void count(const std::vector<Result<Decision>>& outcomes);

  Work work_;  // of the sequencer's thread alone
  const SequencerOptions options_;
  mutable std::mutex mutex_;  // guards what follows, held for moments only
  std::condition_variable arrived_;
  std::deque<Job> queue_;
  SequencerCounts counts_;
  std::chrono::steady_clock::time_point
      begin_at_{};  // the next batch, unless it is full; of the thread alone
  bool stopping_ = false;
  bool fenced_ = false;
  std::thread thread_;
};

}  // namespace countersign::authority
