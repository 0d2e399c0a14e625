// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "authority/ldap/mirror.h"
#include "authority/ldap/publication_store.h"
#include "authority/status/crl_publisher.h"
#include "http/metrics.h"

namespace countersign::authority {

// The settings of [ldap].
struct LdapOptions {
  LdapTarget target;
  std::chrono::milliseconds look_every{500};    // for changes of the directory
  std::chrono::milliseconds crl_every{10'000};  // at most so often a revocation list is made for LDAP
  std::chrono::milliseconds reconcile_every{86'400'000};  // also without an outage
};

// How long to wait before the next try, after so many failures in a row: a second, doubled each time up to a
// minute, of which `chance` (0–1) takes away up to a half.
std::chrono::milliseconds ldap_backoff(int failures, double chance);

// LdapPublisher keeps a directory server at what the directory has, on a thread of its own of low priority:
// change by change, and by a reconciliation of everything at start, after each lost connection and once a
// day. Nobody waits for it, and nothing depends on it. What it reached is in the store after each batch.
class LdapPublisher {
 public:
  // All referenced objects outlive the publisher.
  struct Parts {
    MirrorSource source;
    const CrlPublisher& crl;
    http::Metrics& metrics;
  };
  static Result<std::unique_ptr<LdapPublisher>> start(Parts parts, LdapOptions options);
  ~LdapPublisher();  // waits for the question that is under way, no longer than the target's timeout
  LdapPublisher(const LdapPublisher&) = delete;
  LdapPublisher& operator=(const LdapPublisher&) = delete;

 private:
  using Time = std::chrono::steady_clock::time_point;
  LdapPublisher(Parts parts, LdapOptions options, PublicationStore store);

  void run(const std::stop_token& stop);
  // One bounded piece of work; how long to rest after it.
  std::chrono::milliseconds work();
  Result<void> look_for_changes();
  Result<bool> publish();  // whether more is waiting
  Result<void> connect();
  Result<void> publish_changes();
  Result<void> publish_crl();
  Result<void> reconcile();
  Result<void> save();
  void lose(const Error& error);

  const Parts parts_;
  const LdapOptions options_;
  const PublicationStore store_;
  // All that follows up to the mutex is the thread's.
  Publication publication_;
  Publication saved_;
  Changes changes_;
  bool has_published_ = false;  // changes since it was saved
  std::unique_ptr<LdapServer> server_;
  std::unique_ptr<Mirror> mirror_;
  std::unique_ptr<Reconciliation> reconciliation_;  // while there is one
  std::vector<Bytes> crls_;                         // those that lie at the server
  Time next_try_{}, next_crl_{}, next_reconciliation_{};
  int failures_ = 0;
  bool is_away_ = false;  // as was logged last
  std::mutex mutex_;      // of the condition only
  std::condition_variable_any stopped_;
  std::jthread thread_;  // last: starts when all else is there
};

}  // namespace countersign::authority
