// SPDX-License-Identifier: Apache-2.0
#include "public_log.h"

namespace countersign::app {

Result<void> FolderWatch::may_sign() {
  TRY(publisher_.may_sign());
  return witnesses_.may_sign();
}

Result<std::unique_ptr<PublicLogService>> open_public_log(PublicLogParts parts) {
  storage::Database& database = *parts.store.database;
  TRY(auto signer, load_log_signer(parts.config, database));
  if (!signer) return std::unique_ptr<PublicLogService>();
  auto opened = authority::LogAppender::open(database, std::move(*signer), parts.store.clock);
  if (!opened && opened.error().code == ErrorCode::kSignatureInvalid)
    return fail(opened.error(), parts.config.keys.log);
  TRY(auto appender, std::move(opened));
  TRY(const auto reader, authority::LogReader::open(database));
  TRY(const auto maps, authority::MapHistory::open(database));
  std::unique_ptr<PublicLogService> log(new PublicLogService{reader, std::move(appender), maps,
                                                             authority::DiskFolder(parts.config.log.folder),
                                                             nullptr, nullptr, nullptr});
  TRY(log->publisher,
      authority::TilePublisher::open({log->reader, [&appender = *log->appender] { return appender.head(); },
                                      log->folder, parts.store.clock, parts.metrics}));
  log->parts = std::make_unique<authority::PublicLog>(
      authority::PublicLog{*log->appender, log->reader, log->maps, std::move(parts.current)});
  return log;
}

}  // namespace countersign::app
