// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "authority/ldap/ldap_entry.h"

namespace countersign::authority {

// Where the directory server is and as whom the authority writes to it.
struct LdapTarget {
  std::string url;  // ldaps://host[:port], ldap://host[:port], ldapi://path
  std::string bind_name;
  std::filesystem::path password_file;  // read for each connection
  std::filesystem::path ca_file;        // with ldaps and StartTLS: who may certify the server
  bool start_tls = false;
  std::chrono::milliseconds timeout{5000};  // of each question and answer, and of the connection

  // kMalformed for a URL of another form, or with a name, filter or list of hosts; kForbidden where the
  // password would cross a network in the clear: without TLS only a loopback address or a socket of this
  // machine will do.
  Result<void> check() const;
};

// LdapServer is one authenticated connection to an LDAP version 3 server (RFC 4511), which follows no
// referral. For one thread. Every answer comes within the target's timeout or counts as none.
//
// Errors: kUnavailable when the server does not answer or cannot now, kUnauthenticated for wrong credentials,
// kForbidden for missing rights, kNotFound for an entry or the one above it that is not there, kConflict for
// one that is there, kMalformed when it does not take this name or value, kNameNotPermitted when another
// server has the name, kTooLarge for more than was asked for; kInternal for the rest. After kUnavailable the
// connection is of no more use.
class LdapServer {
 public:
  static Result<std::unique_ptr<LdapServer>> connect(const LdapTarget& target);
  ~LdapServer();
  LdapServer(const LdapServer&) = delete;
  LdapServer& operator=(const LdapServer&) = delete;

  // The entry of that name with the attributes of these types ("*": all of users); nothing where there is
  // none.
  Result<std::optional<LdapEntry>> read(const std::string& name, const std::vector<std::string>& types);
  // At most a page of the entries below a name, the name's own left out; begins with an empty cookie, and
  // ends with one. References to other servers are passed over.
  struct Page {
    std::vector<LdapEntry> entries;
    Bytes cookie;
  };
  Result<Page> read_below(const std::string& name, const Bytes& cookie);

  Result<void> add(const LdapEntry& entry);
  // Gives each attribute these values in place of all it had, in one act.
  Result<void> alter(const std::string& name, const std::vector<LdapAttribute>& attributes);
  // With all that lies below it; false where there was none.
  Result<bool> remove(const std::string& name);

 private:
  struct Connection;
  explicit LdapServer(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace countersign::authority
