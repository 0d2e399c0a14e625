// SPDX-License-Identifier: Apache-2.0
#include "mediator/link_wallet.h"

namespace countersign::mediator {
namespace {

class LinkConnection final : public WalletLink {
 public:
  explicit LinkConnection(std::shared_ptr<link::Connection> connection)
      : connection_(std::move(connection)) {}
  Result<void> send(link::Frame frame) override { return connection_->send(std::move(frame)); }
  Result<link::Frame> receive() override { return connection_->receive(); }
  void close() override { connection_->close(); }

 private:
  const std::shared_ptr<link::Connection> connection_;
};

}  // namespace

link::Reached<std::unique_ptr<WalletLink>> LinkWallet::reach(std::stop_token stop) {
  auto pairings = store_.pairings();
  if (!pairings)
    return BOOST_OUTCOME_V2_NAMESPACE::failure(link::NotReached{link::Obstacle::kFault, pairings.error()});
  link::NotReached reason = link::not_reached(link::Obstacle::kNotPaired, "no pairing");
  for (const link::Pairing& pairing : pairings.value()) {
    auto connection = dialer_.dial(pairing.id, stop);
    if (connection) return std::unique_ptr<WalletLink>(new LinkConnection(std::move(connection).value()));
    reason = connection.error();
    if (stop.stop_requested()) break;
  }
  return BOOST_OUTCOME_V2_NAMESPACE::failure(std::move(reason));
}

}  // namespace countersign::mediator
