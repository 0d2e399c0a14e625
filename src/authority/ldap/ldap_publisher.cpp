// SPDX-License-Identifier: Apache-2.0
#include "authority/ldap/ldap_publisher.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "crypto/random.h"

namespace countersign::authority {
namespace {

using std::chrono::milliseconds;

constexpr int kWindow = 2000;         // records of the audit log in one look
constexpr int kLowPriority = 10;      // of nice(2): confirmations come first
constexpr int kCrlShare = 100;        // of its time a revocation list may take one part
constexpr std::int64_t kSkip = 5000;  // records without a change after which the position is worth a write
constexpr milliseconds kLongestPause{60'000};

double random_fraction() {
  const Bytes octets = crypto::random_bytes(2);
  return (octets[0] * 256 + octets[1]) / 65536.0;
}

http::Gauge& gauge(http::Metrics& metrics, std::string_view name, std::string_view help) {
  return metrics.gauge(name, help);
}

}  // namespace

milliseconds ldap_backoff(int failures, double chance) {
  const auto whole = std::min(kLongestPause, milliseconds(1000) * (1 << std::clamp(failures - 1, 0, 10)));
  return whole - std::chrono::duration_cast<milliseconds>(whole * (chance / 2));
}

Result<std::unique_ptr<LdapPublisher>> LdapPublisher::start(Parts parts, LdapOptions options) {
  TRY(options.target.check());
  TRY(PublicationStore store, PublicationStore::open(parts.source.database));
  std::unique_ptr<LdapPublisher> publisher(
      new LdapPublisher(std::move(parts), std::move(options), std::move(store)));
  LdapPublisher& self = *publisher;
  TRY(self.parts_.source.database.read([&self](storage::Reader& reader) -> Result<void> {
    TRY(const auto saved, self.store_.load(reader));
    TRY(const std::int64_t newest, self.store_.newest(reader));
    // A store that is behind what it had published was restored; the reconciliation sees to the rest.
    if (saved) self.publication_ = *saved;
    if (!saved || self.publication_.position > newest) self.publication_.position = newest;
    self.saved_ = self.publication_;
    return ok();
  }));
  self.thread_ = std::jthread([&self](const std::stop_token& stop) { self.run(stop); });
  return publisher;
}

LdapPublisher::LdapPublisher(Parts parts, LdapOptions options, PublicationStore store)
    : parts_(std::move(parts)), options_(std::move(options)), store_(std::move(store)) {}

LdapPublisher::~LdapPublisher() = default;  // jthread asks to stop and waits

void LdapPublisher::run(const std::stop_token& stop) {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kLowPriority);
  while (!stop.stop_requested()) {
    milliseconds rest = options_.look_every;
    try {
      rest = work();
    } catch (const std::exception& fault) {
      lose({ErrorCode::kInternal, fault.what()});
    }
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, stop, rest, [] { return false; });
  }
}

milliseconds LdapPublisher::work() {
  if (const Result<void> looked = look_for_changes(); !looked) {
    log_error("ldap_store", looked.error());
    return options_.look_every;
  }
  if (std::chrono::steady_clock::now() < next_try_) return options_.look_every;
  const Result<bool> published = publish();
  if (!published) {
    lose(published.error());
    return options_.look_every;
  }
  return published.value() ? milliseconds(0) : options_.look_every;
}

// Also while the server is away: the lag is to be seen then above all. Records that concern no certificate
// are passed over at once.
Result<void> LdapPublisher::look_for_changes() {
  TRY(parts_.source.database.read([&](storage::Reader& reader) -> Result<void> {
    do {
      TRY(changes_, store_.changes_after(reader, publication_.position, kWindow));
      if (changes_.serials.empty()) publication_.position = changes_.upto;
    } while (changes_.serials.empty() && changes_.more);
    return ok();
  }));
  const auto lag = changes_.oldest ? std::max(parts_.source.clock.now() - *changes_.oldest, {}) : Seconds(0);
  gauge(parts_.metrics, "countersign_ldap_lag_seconds",
        "Age of the oldest change that LDAP does not show yet.")
      .set(std::chrono::ceil<Seconds>(lag).count());
  return ok();
}

Result<bool> LdapPublisher::publish() {
  if (!server_) {
    TRY(connect());
  }
  if (!changes_.serials.empty()) {
    TRY(publish_changes());
  }
  TRY(publish_crl());
  TRY(reconcile());
  TRY(save());
  if (is_away_ || failures_ > 0) {
    log_event(LogLevel::kInfo, "ldap_reached", {{"url", options_.target.url}});
    is_away_ = false;
    failures_ = 0;
  }
  return changes_.more || reconciliation_ != nullptr;
}

Result<void> LdapPublisher::connect() {
  TRY(server_, LdapServer::connect(options_.target));
  mirror_ = std::make_unique<Mirror>(parts_.source, *server_);
  reconciliation_ = std::make_unique<Reconciliation>(parts_.source, *server_);
  TRY(const auto crls, lists_of(parts_.crl));
  MirrorCounts counts;
  TRY(mirror_->make_tree(crls, counts));
  crls_ = crls;
  gauge(parts_.metrics, "countersign_ldap_up", "Whether the LDAP server is reached.").set(1);
  return ok();
}

// In the order in which they were made, before all else: a revocation does not wait for a reconciliation.
Result<void> LdapPublisher::publish_changes() {
  MirrorCounts counts;
  for (const std::string& serial : changes_.serials) {
    TRY(mirror_->make_serial(serial, counts));
  }
  publication_.position = changes_.upto;
  parts_.metrics.counter("countersign_ldap_changes_total", "Changes of certificates published to LDAP.")
      .add(changes_.serials.size());
  changes_.serials.clear();
  has_published_ = true;
  return ok();
}

// To make a list takes time of the store's one writer, in proportion to its length: it is asked for so seldom
// that this is a hundredth at most.
Result<void> LdapPublisher::publish_crl() {
  const Time begin = std::chrono::steady_clock::now();
  if (begin < next_crl_) return ok();
  TRY(const auto crls, lists_of(parts_.crl));
  const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
  next_crl_ = begin + std::max(options_.crl_every, took * kCrlShare);
  // Asked also when nothing changed: a connection that was lost is seen by its use alone.
  if (crls == crls_) return mirror_->require_data_centre();
  MirrorCounts counts;
  TRY(mirror_->make_data_centre(crls, counts));
  crls_ = crls;
  return ok();
}

Result<void> LdapPublisher::reconcile() {
  const Time now = std::chrono::steady_clock::now();
  if (!reconciliation_ && now >= next_reconciliation_)
    reconciliation_ = std::make_unique<Reconciliation>(parts_.source, *server_);
  http::Gauge& reconciling = gauge(parts_.metrics, "countersign_ldap_reconciling",
                                   "Whether all entries of LDAP are being compared.");
  reconciling.set(reconciliation_ ? 1 : 0);
  if (!reconciliation_) return ok();
  TRY(reconciliation_->step(crls_));
  if (!reconciliation_->is_done()) return ok();
  const MirrorCounts counts = reconciliation_->counts();
  reconciliation_.reset();
  reconciling.set(0);
  next_reconciliation_ = now + options_.reconcile_every;
  publication_.reconciled = parts_.source.clock.now();
  publication_.entries = counts.entries;
  publication_.refused = counts.refused;
  gauge(parts_.metrics, "countersign_ldap_reconciled_seconds", "When all entries of LDAP were last compared.")
      .set(unix_seconds(*publication_.reconciled));
  gauge(parts_.metrics, "countersign_ldap_refused", "Entries that the LDAP server did not take then.")
      .set(counts.refused);
  log_event(LogLevel::kInfo, "ldap_reconciled",
            {{"entries", std::to_string(counts.entries)},
             {"added", std::to_string(counts.added)},
             {"altered", std::to_string(counts.altered)},
             {"removed", std::to_string(counts.removed)},
             {"refused", std::to_string(counts.refused)}});
  return ok();
}

// A position that moved over records without a change is worth a write only now and then.
Result<void> LdapPublisher::save() {
  const std::int64_t moved = publication_.position - saved_.position;
  const bool worth = has_published_ || publication_.reconciled != saved_.reconciled || moved >= kSkip;
  if (!worth) return ok();
  TRY(parts_.source.database.write(
      [&](storage::Transaction& transaction) { return store_.save(transaction, publication_); }));
  saved_ = publication_;
  has_published_ = false;
  return ok();
}

// One line for each change of state.
void LdapPublisher::lose(const Error& error) {
  reconciliation_.reset();
  mirror_.reset();
  server_.reset();
  gauge(parts_.metrics, "countersign_ldap_up", "Whether the LDAP server is reached.").set(0);
  parts_.metrics
      .counter("countersign_ldap_failures_total", "Tries to reach the LDAP server in vain, and losses of it.")
      .add();
  ++failures_;
  next_try_ = std::chrono::steady_clock::now() + ldap_backoff(failures_, random_fraction());
  if (!is_away_) log_error("ldap_away", error, {{"url", options_.target.url}});
  is_away_ = true;
}

}  // namespace countersign::authority
