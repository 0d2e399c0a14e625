// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "http/router.h"

namespace countersign::authority {

// PeerPlaces bounds the questions that a desk has under way, and those of each who asks, so that nobody takes
// the places of all others. Thread-safe; what it gave out may outlive it.
class PeerPlaces {
 public:
  struct Options {
    std::size_t all = 1024;
    std::size_t of_one = 64;
  };
  explicit PeerPlaces(Options options) : options_(options) {}

  // Takes a place for `who`: what is returned passes the response on to `respond`, and the place is free
  // again from then on, or once it is dropped. kRateLimited when `who` has as many as it may, kUnavailable
  // when all are taken.
  Result<http::Respond> take(const std::string& who, http::Respond respond);

 private:
  struct Taken {
    std::mutex mutex;  // guards what follows
    std::size_t all = 0;
    std::map<std::string, std::size_t> by_who;  // those with at least one
  };
  class Place;

  const Options options_;
  const std::shared_ptr<Taken> taken_ = std::make_shared<Taken>();
};

}  // namespace countersign::authority
