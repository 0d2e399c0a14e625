// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "authority/issuing/authority_keys.h"
#include "sample/take.h"

namespace countersign::bench {

// Installation is a network with one data centre, made in `folder` by the program itself (init-root, init),
// and the keys of that data centre, so that a benchmark can issue certificates without the registration of
// each holder.
struct Installation {
  Installation(std::filesystem::path program, std::filesystem::path folder);
  std::filesystem::path program;
  std::filesystem::path folder;
  authority::AuthorityKeys keys;

  std::filesystem::path config() const { return folder / "authority.toml"; }
  std::filesystem::path store() const { return folder / "authority.db"; }
};

// Parties are holders of certificates that stand in the installation's directory.
struct Parties {
  Parties(const Installation& installation, int merchant_count, int purchaser_count);
  std::vector<x509::Signer> merchants;
  std::vector<x509::Signer> purchasers;
};
// A certificate of the data centre's CA for a new key; the caller enters it into the directory.
x509::Signer issue(const authority::AuthorityKeys& keys, x509::Role role, const std::string& name);

// AuthorityProcess is `countersign-authority serve` of an installation. It is ended with this object.
class AuthorityProcess {
 public:
  // Returns when both listeners are open; throws when the program ends before that.
  explicit AuthorityProcess(const Installation& installation);
  ~AuthorityProcess();
  AuthorityProcess(const AuthorityProcess&) = delete;
  AuthorityProcess& operator=(const AuthorityProcess&) = delete;
  pid_t id() const { return process_; }
  unsigned short service_port() const { return service_port_; }
  unsigned short status_port() const { return status_port_; }

 private:
  pid_t process_ = 0;
  unsigned short service_port_ = 0;
  unsigned short status_port_ = 0;
};

}  // namespace countersign::bench
