// SPDX-License-Identifier: Apache-2.0
#include "authority/ldap/mirror.h"

#include <algorithm>

#include "authority/ldap/difference.h"
#include "base/log.h"
#include "crypto/digest.h"

namespace countersign::authority {
namespace {

constexpr int kMostTries = 5;        // of one entry that others change at the same time
constexpr int kDirectoryPage = 100;  // certificates
const std::vector<std::string> kAllAttributes{"*"};
const std::vector<std::string> kNoAttributes{"1.1"};  // RFC 4511 §4.5.1.8

bool contains(std::span<const Bytes> values, BytesView value) {
  return std::ranges::any_of(values, [value](const Bytes& each) { return equal(each, value); });
}

bool same_certificates(const std::vector<x509::Certificate>& a, const std::vector<x509::Certificate>& b) {
  return a.size() == b.size() && std::is_permutation(a.begin(), a.end(), b.begin());
}

// Whether an error speaks of this entry alone, so that the others can go on.
bool is_about_entry(const Error& error) {
  return error.code == ErrorCode::kMalformed || error.code == ErrorCode::kTooLarge;
}

}  // namespace

MirrorCounts& MirrorCounts::operator+=(const MirrorCounts& other) {
  entries += other.entries;
  added += other.added;
  altered += other.altered;
  removed += other.removed;
  refused += other.refused;
  return *this;
}

bool Mirror::is_shown(const DirectoryEntry& entry) const {
  return entry.state == CertificateState::kActive && entry.certificate.not_after() >= source_.clock.now() &&
         require_place(entry.certificate, source_.data_centre);
}

Result<std::vector<x509::Certificate>> Mirror::active_of(const x509::Name& subject) const {
  std::vector<x509::Certificate> active;
  TRY(source_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto entries, source_.directory.find_by_subject(reader, subject));
    for (const DirectoryEntry& entry : entries) {
      if (is_shown(entry)) active.push_back(entry.certificate);
    }
    return ok();
  }));
  return active;
}

Result<std::optional<x509::Certificate>> Mirror::active_with(BytesView der) const {
  std::optional<x509::Certificate> active;
  TRY(source_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto entry, source_.directory.find_by_fingerprint(reader, crypto::sha256(der)));
    if (entry && is_shown(*entry)) active = entry->certificate;
    return ok();
  }));
  return active;
}

// Beside the subject's own certificates those of other subjects whose entry this is, too.
Result<std::vector<Bytes>> Mirror::wanted_values(const x509::Name& subject,
                                                 const std::optional<LdapEntry>& found) {
  TRY(const std::vector<x509::Certificate> own, active_of(subject));
  std::vector<Bytes> wanted;
  for (const x509::Certificate& certificate : own) wanted.push_back(certificate.der());
  if (!found) return wanted;
  for (const Bytes& value : found->values(kUserCertificate)) {
    if (contains(wanted, value)) continue;
    TRY(const auto other, active_with(value));
    if (!other || other->subject() == subject) continue;
    TRY(const auto place, server_.read(other->subject().text(), kNoAttributes));
    if (place && place->name == found->name) wanted.push_back(value);
  }
  return wanted;
}

Result<void> Mirror::apply(const LdapEntry& wanted, const std::optional<LdapEntry>& found,
                           MirrorCounts& counts) {
  const Difference change = difference(wanted, found);
  switch (change.kind) {
    case Difference::Kind::kNone:
      return ok();
    case Difference::Kind::kAlter:
      ++counts.altered;
      return server_.alter(found->name, change.altered);
    case Difference::Kind::kReplace: {
      ++counts.altered;
      TRY(server_.remove(found->name));
      return server_.add(wanted);
    }
    case Difference::Kind::kAdd:
      ++counts.added;
      return server_.add(wanted);
  }
  return ok();
}

Result<std::string> Mirror::make_subject_once(const x509::Name& subject, MirrorCounts& counts,
                                              bool& settled) {
  TRY(const auto found, server_.read(subject.text(), kAllAttributes));
  TRY(const std::vector<x509::Certificate> before, active_of(subject));
  TRY(const std::vector<Bytes> values, wanted_values(subject, found));
  if (values.empty()) {
    if (found) {
      TRY(const bool removed, server_.remove(found->name));
      if (removed) ++counts.removed;
    }
  } else {
    TRY(apply(subscriber_entry(subject, values), found, counts));
  }
  TRY(const std::vector<x509::Certificate> after, active_of(subject));
  settled = same_certificates(before, after);
  if (values.empty()) return std::string();
  return found ? found->name : subject.text();
}

// Once more when the directory changed in between, or another mirror the entry.
Result<std::string> Mirror::make_subject(const x509::Name& subject, MirrorCounts& counts) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    bool settled = false;
    auto made = make_subject_once(subject, counts, settled);
    if (!made && is_about_entry(made.error())) {
      ++counts.refused;
      log_error("ldap_refuses_entry", made.error());
      return std::string();
    }
    if (!made && made.error().code == ErrorCode::kConflict) continue;
    if (!made || settled) return made;
  }
  return fail(ErrorCode::kUnavailable, "ldap: an entry changes faster than it can be made right");
}

Result<void> Mirror::make_serial(std::string_view serial_hex, MirrorCounts& counts) {
  const Result<x509::SerialNumber> serial = x509::SerialNumber::from_hex(serial_hex);
  if (!serial) return ok();
  std::optional<DirectoryEntry> entry;
  TRY(source_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(entry, source_.directory.find_by_serial(reader, serial.value()));
    return ok();
  }));
  if (!entry || !require_place(entry->certificate, source_.data_centre)) return ok();
  TRY(make_subject(entry->certificate.subject(), counts));
  return ok();
}

Result<void> Mirror::make_found(const LdapEntry& found, MirrorCounts& counts) {
  std::vector<x509::Name> tried;
  for (const Bytes& value : found.values(kUserCertificate)) {
    TRY(const auto active, active_with(value));
    if (!active || std::ranges::find(tried, active->subject()) != tried.end()) continue;
    tried.push_back(active->subject());
    TRY(const std::string place, make_subject(active->subject(), counts));
    if (place == found.name) {
      ++counts.entries;
      return ok();
    }
  }
  TRY(const bool removed, server_.remove(found.name));
  if (removed) ++counts.removed;
  return ok();
}

// An inner node is not taken away, since others lie below it; it is altered where it stands.
Result<void> Mirror::make_node(const LdapEntry& wanted, MirrorCounts& counts) {
  TRY(const auto found, server_.read(wanted.name, kAllAttributes));
  if (!found) {
    ++counts.added;
    return server_.add(wanted);
  }
  const std::vector<LdapAttribute> altered = alterations(wanted, *found);
  if (altered.empty()) return ok();
  ++counts.altered;
  return server_.alter(found->name, altered);
}

Result<void> Mirror::make_data_centre(std::span<const Bytes> crls, MirrorCounts& counts) {
  std::vector<Bytes> ca_certificates;
  for (const x509::Certificate& certificate : source_.ca_certificates)
    ca_certificates.push_back(certificate.der());
  return make_node(data_centre_entry(source_.data_centre, ca_certificates, crls), counts);
}

Result<void> Mirror::require_data_centre() {
  TRY(const auto found, server_.read(source_.data_centre.text(), kNoAttributes));
  if (!found) return fail(ErrorCode::kUnavailable, "ldap: the server lost the data centre's entry");
  return ok();
}

Result<void> Mirror::make_tree(std::span<const Bytes> crls, MirrorCounts& counts) {
  TRY(make_data_centre(crls, counts));
  TRY(const std::vector<x509::Name> containers, container_names(source_.data_centre));
  for (const x509::Name& container : containers) {
    TRY(make_node(container_entry(container), counts));
  }
  return ok();
}

Reconciliation::Reconciliation(MirrorSource source, LdapServer& server)
    : source_(source), server_(server), mirror_(std::move(source), server) {}

Result<void> Reconciliation::step(std::span<const Bytes> crls) {
  switch (phase_) {
    case Phase::kTree: {
      TRY(mirror_.make_tree(crls, counts_));
      TRY(containers_, container_names(source_.data_centre));
      phase_ = Phase::kFound;
      return ok();
    }
    case Phase::kFound:
      return step_found();
    case Phase::kDirectory:
      return step_directory();
    case Phase::kDone:
      return ok();
  }
  return ok();
}

Result<void> Reconciliation::step_found() {
  TRY(LdapServer::Page page, server_.read_below(containers_.back().text(), cookie_));
  for (const LdapEntry& found : page.entries) {
    TRY(mirror_.make_found(found, counts_));
  }
  cookie_ = std::move(page.cookie);
  if (cookie_.empty()) containers_.pop_back();
  if (containers_.empty()) phase_ = Phase::kDirectory;
  return ok();
}

Result<void> Reconciliation::step_directory() {
  DirectoryQuery query;
  query.state = CertificateState::kActive;
  query.cursor = cursor_;
  query.limit = kDirectoryPage;
  DirectoryPage page;
  TRY(source_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(page, source_.directory.search(reader, query));
    return ok();
  }));
  for (const DirectoryEntry& entry : page.entries) {
    const x509::Name& subject = entry.certificate.subject();
    // A purchaser's two certificates were issued one after the other.
    if (last_subject_ == subject.text() || !mirror_.is_shown(entry)) continue;
    last_subject_ = subject.text();
    const std::int64_t before = counts_.added;
    TRY(mirror_.make_subject(subject, counts_));
    counts_.entries += counts_.added - before;
  }
  cursor_ = page.next_cursor;
  if (cursor_.empty()) phase_ = Phase::kDone;
  return ok();
}

}  // namespace countersign::authority
