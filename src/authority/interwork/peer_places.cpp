// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/peer_places.h"

namespace countersign::authority {

class PeerPlaces::Place {
 public:
  Place(std::shared_ptr<Taken> taken, std::string who) : taken_(std::move(taken)), who_(std::move(who)) {}
  ~Place() { leave(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  void leave() {
    const std::lock_guard lock(taken_->mutex);
    if (is_left_) return;
    is_left_ = true;
    --taken_->all;
    const auto mine = taken_->by_who.find(who_);
    if (--mine->second == 0) taken_->by_who.erase(mine);
  }

 private:
  const std::shared_ptr<Taken> taken_;
  const std::string who_;
  bool is_left_ = false;  // guarded as the places are
};

Result<http::Respond> PeerPlaces::take(const std::string& who, http::Respond respond) {
  {
    const std::lock_guard lock(taken_->mutex);
    const auto mine = taken_->by_who.find(who);
    if (mine != taken_->by_who.end() && mine->second >= options_.of_one)
      return fail(ErrorCode::kRateLimited,
                  "peers: " + std::to_string(options_.of_one) + " questions of " + who + " wait already");
    if (taken_->all >= options_.all)
      return fail(ErrorCode::kUnavailable,
                  "peers: " + std::to_string(options_.all) + " questions wait already");
    ++taken_->all;
    ++taken_->by_who[who];
  }
  const auto place = std::make_shared<Place>(taken_, who);
  return http::Respond([place, respond = std::move(respond)](http::Response response) {
    place->leave();
    respond(std::move(response));
  });
}

}  // namespace countersign::authority
