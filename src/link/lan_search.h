// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <set>
#include <vector>

#include "link/discovery.h"
#include "link/ip.h"
#include "link/transport.h"

namespace countersign::link {

// What LanSearchOptions say, read.
struct LanSearchPlan {
  std::optional<Endpoint> group;
  std::uint16_t discovery_port = 0;
  std::optional<in_addr> interface_address;
  std::vector<Endpoint> addresses;
  std::chrono::milliseconds settling{0};
};

// LanSearch asks by UDP, at growing intervals, and connects by TCP to whoever answers with the pairing's key,
// to the terminal's last address and to the configured ones, all at once.
class LanSearch final : public Search {
 public:
  // `plan`, `target` and `clock` outlive it.
  LanSearch(const LanSearchPlan& plan, const Target& target, const Clock& clock);
  Reached<Stream> next(Deadline deadline, const std::stop_token& stop) override;

 private:
  struct Attempt {
    Endpoint endpoint;
    Socket socket;
  };
  void ask();
  void send_question(const Endpoint& to, std::optional<in_addr> interface_address);
  void try_known_addresses();
  void begin(const Endpoint& endpoint);
  void wait(Deadline until);
  void take_answers();
  void take_connections();
  bool has_settled() const;
  NotReached reason() const;

  const LanSearchPlan& plan_;
  const Target& target_;
  const Clock& clock_;
  Socket udp_;
  std::vector<DiscoveryNonce> asked_;
  Deadline ask_again_;
  std::chrono::milliseconds interval_{200};
  Deadline try_again_;  // the known addresses
  std::vector<Attempt> attempts_;
  std::vector<std::pair<Endpoint, Deadline>> tried_;  // and when they may be tried anew
  std::deque<Stream> connected_;
  std::set<TerminalTag> terminals_;  // that answered
  std::optional<Deadline> settling_until_;
  bool was_refused_ = false;
  bool could_send_ = false;
};

}  // namespace countersign::link
