// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "link/dialer.h"
#include "mediator/sides.h"

namespace countersign::mediator {

// LinkWallet reaches a paired wallet over the link, the one that was used last first. `store` and `dialer`
// outlive it.
class LinkWallet final : public WalletAccess {
 public:
  LinkWallet(link::PairingStore& store, link::LinkDialer& dialer) : store_(store), dialer_(dialer) {}
  link::Reached<std::unique_ptr<WalletLink>> reach(std::stop_token stop) override;

 private:
  link::PairingStore& store_;
  link::LinkDialer& dialer_;
};

}  // namespace countersign::mediator
