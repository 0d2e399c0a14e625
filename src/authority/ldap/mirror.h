// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "authority/directory/directory.h"
#include "authority/ldap/ldap_server.h"

namespace countersign::authority {

// What is mirrored: the directory of one data centre. All referenced objects outlive the mirror.
struct MirrorSource {
  storage::Database& database;
  const Directory& directory;
  const Clock& clock;
  x509::Name data_centre;
  std::vector<x509::Certificate> ca_certificates;
};

// What came of one step, or of many together.
struct MirrorCounts {
  std::int64_t entries = 0;  // of certificates, found right or made right
  std::int64_t added = 0;
  std::int64_t altered = 0;
  std::int64_t removed = 0;
  std::int64_t refused = 0;  // subjects whose entries the server does not take
  MirrorCounts& operator+=(const MirrorCounts& other);
};

// Mirror brings single entries of a directory server to what the directory has. Nothing that the server says
// is believed beyond what lies there: certificates count when the directory has the same octets. Two mirrors
// may work at a time: whatever changed in the directory meanwhile is looked at again after each change of an
// entry. For one thread.
class Mirror {
 public:
  Mirror(MirrorSource source, LdapServer& server) : source_(std::move(source)), server_(server) {}

  // The data centre's own entry with CA certificates and revocation list.
  Result<void> make_data_centre(std::span<const Bytes> crls, MirrorCounts& counts);
  // kUnavailable when that entry is gone: then all else is, too.
  Result<void> require_data_centre();
  // It, and the containers below it.
  Result<void> make_tree(std::span<const Bytes> crls, MirrorCounts& counts);
  // The entry of this subject has exactly its active certificates. An entry that reads alike to LDAP (RFC
  // 4518: case, spaces) is the same one: it holds those of all such subjects. Returns the entry's name as the
  // server has it; empty when there is none any more.
  Result<std::string> make_subject(const x509::Name& subject, MirrorCounts& counts);
  // The subject of the certificate with this serial, whatever its state; of a serial that is not ours,
  // nothing.
  Result<void> make_serial(std::string_view serial_hex, MirrorCounts& counts);
  // An entry found below a container: right, made right, or gone.
  Result<void> make_found(const LdapEntry& found, MirrorCounts& counts);
  // Whether the certificate is to be found in LDAP now: active, not past its end, with a place there.
  bool is_shown(const DirectoryEntry& entry) const;

 private:
  Result<std::vector<x509::Certificate>> active_of(const x509::Name& subject) const;
  Result<std::optional<x509::Certificate>> active_with(BytesView der) const;
  Result<std::vector<Bytes>> wanted_values(const x509::Name& subject, const std::optional<LdapEntry>& found);
  Result<void> apply(const LdapEntry& wanted, const std::optional<LdapEntry>& found, MirrorCounts& counts);
  Result<void> make_node(const LdapEntry& wanted, MirrorCounts& counts);
  Result<std::string> make_subject_once(const x509::Name& subject, MirrorCounts& counts, bool& settled);

  MirrorSource source_;
  LdapServer& server_;
};

// Reconciliation goes through everything: first through all that the server has, where what is too much goes
// and what differs is replaced, then through all that the directory has, where what is missing comes. One
// step is bounded (a page of a hundred), so that others' work comes in between.
class Reconciliation {
 public:
  Reconciliation(MirrorSource source, LdapServer& server);
  // A failure ends it: a new one begins from the start.
  Result<void> step(std::span<const Bytes> crls);
  bool is_done() const { return phase_ == Phase::kDone; }
  const MirrorCounts& counts() const { return counts_; }

 private:
  enum class Phase { kTree, kFound, kDirectory, kDone };
  Result<void> step_found();
  Result<void> step_directory();

  MirrorSource source_;
  LdapServer& server_;
  Mirror mirror_;
  Phase phase_ = Phase::kTree;
  std::vector<x509::Name> containers_;  // yet to be gone through; the last one is at work
  Bytes cookie_;                        // of the server's next page
  std::string cursor_;                  // of the directory's next page
  std::string last_subject_;            // whose entry the directory's pass looked at last
  MirrorCounts counts_;
};

}  // namespace countersign::authority
