// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/confirmation/confirmation_service.h"
#include "authority/log/log_routes.h"
#include "program.h"

namespace countersign::app {

// FolderWatch lets the log be signed where neither its published folder nor its witnesses contradict it.
class FolderWatch final : public authority::LogWitnessing {
 public:
  // Both outlive it.
  FolderWatch(const authority::TilePublisher& publisher, authority::LogWitnessing& witnesses)
      : publisher_(publisher), witnesses_(witnesses) {}
  Result<void> may_sign() override;
  void log_grew() override { witnesses_.log_grew(); }
  documents::WitnessState state_of(std::uint64_t index, TimePoint issued) const override {
    return witnesses_.state_of(index, issued);
  }

 private:
  const authority::TilePublisher& publisher_;
  authority::LogWitnessing& witnesses_;
};

// PublicLogService is all that keeps, proves and publishes the public log while the authority serves.
struct PublicLogService {
  authority::LogReader reader;
  std::unique_ptr<authority::LogAppender> appender;
  authority::MapHistory maps;
  authority::DiskFolder folder;
  std::unique_ptr<authority::TilePublisher> publisher;
  std::unique_ptr<authority::PublicLog> parts;
  std::unique_ptr<FolderWatch> watch;  // once there are witnesses to ask
};

// Opens what the configuration names; null where no log is kept. kConflict where the store is behind what was
// published. What is given outlives the service.
struct PublicLogParts {
  const AuthorityConfig& config;
  const Store& store;
  authority::CurrentMap current;
  http::Metrics& metrics;
};
Result<std::unique_ptr<PublicLogService>> open_public_log(PublicLogParts parts);

}  // namespace countersign::app
