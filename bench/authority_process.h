// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "authority/issuing/authority_keys.h"
#include "sample/take.h"

namespace countersign::bench {

// Site is a data centre whose folder is at hand, as the program's `init` made it, and its keys, so that a
// benchmark can issue certificates without the registration of each holder.
struct Site {
  // The folder of a configuration like the demo's or an Installation's.
  explicit Site(std::filesystem::path folder);
  std::filesystem::path folder;
  authority::AuthorityKeys keys;

  std::filesystem::path config() const { return folder / "authority.toml"; }
  std::filesystem::path store() const { return folder / "authority.db"; }
};

// Whether a data centre keeps a public log.
enum class Log { kKept, kNone };

// Installation is a network with one data centre, made in `folder` by the program itself (init-root, init).
struct Installation : Site {
  Installation(std::filesystem::path program, const std::filesystem::path& folder, Log log = Log::kKept);
  std::filesystem::path program;
};

// Where a benchmark's merchants have their pages, at the host that their certificates name.
inline constexpr std::string_view kLoopback = "127.0.0.1";
std::string origin_at(std::string_view address);

// Parties are holders of certificates that stand in the site's directory.
struct Parties {
  Parties(const Site& site, int merchant_count, int purchaser_count, std::string_view address = kLoopback);
  std::vector<x509::Signer> merchants;
  std::vector<x509::Signer> purchasers;
};
// A certificate of the data centre's CA for a new key; the caller enters it into the directory.
x509::Signer issue(const authority::AuthorityKeys& keys, x509::Role role, const std::string& name,
                   std::string_view address = kLoopback);

// start_program runs a program whose output goes to our error output, since ours is one JSON object.
pid_t start_program(const std::filesystem::path& program, const std::vector<std::string>& arguments);

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
  // From the start of the process until both listeners were open: by the clock, and of its processor time.
  std::chrono::duration<double> start_up() const { return start_up_; }
  std::chrono::duration<double> start_up_work() const { return start_up_work_; }

 private:
  pid_t process_ = 0;
  unsigned short service_port_ = 0;
  unsigned short status_port_ = 0;
  std::chrono::duration<double> start_up_{};
  std::chrono::duration<double> start_up_work_{};
};

}  // namespace countersign::bench
