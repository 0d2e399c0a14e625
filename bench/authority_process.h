// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "authority/testing/test_network.h"

namespace countersign::bench {

// The parties of a benchmark: a data centre's CA with its signers, merchants and purchasers, all made in
// memory.
struct Parties {
  explicit Parties(int merchant_count, int purchaser_count);
  authority::TestNetwork network;
  x509::Signer server;
  x509::Signer confirmation_signer;
  x509::Signer ocsp_responder;
  std::vector<x509::Signer> merchants;
  std::vector<x509::Signer> purchasers;
};

// AuthorityProcess is an authority in a process of its own, over a durable store in `folder`: the
// confirmation service behind mutually authenticated TLS 1.3 and the OCSP responder behind plain HTTP, with
// the system's clock. It ends with this object.
class AuthorityProcess {
 public:
  // Throws when the process does not come up.
  AuthorityProcess(const Parties& parties, const std::filesystem::path& folder);
  ~AuthorityProcess();
  AuthorityProcess(const AuthorityProcess&) = delete;
  AuthorityProcess& operator=(const AuthorityProcess&) = delete;
  pid_t id() const { return process_; }
  unsigned short service_port() const { return ports_.service; }
  unsigned short status_port() const { return ports_.status; }

 private:
  struct Ports {
    unsigned short service = 0;
    unsigned short status = 0;
  };
  static int serve(const Parties& parties, const std::filesystem::path& folder, int ports_to, int stop_from);
  pid_t process_ = 0;
  int stop_ = -1;  // closing it ends the process
  Ports ports_;
};

}  // namespace countersign::bench
