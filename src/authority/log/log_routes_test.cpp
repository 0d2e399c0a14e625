// SPDX-License-Identifier: Apache-2.0
#include "authority/log/log_routes.h"

#include <gtest/gtest.h>

#include "authority/log/testing/test_log.h"

namespace countersign::authority {
namespace {

namespace fs = std::filesystem;

class LogRoutes : public ::testing::Test {
 protected:
  LogRoutes() {
    log_.append(900);
    publisher_ = take(TilePublisher::open({*log_.reader, log_.newest(), folder_, log_.clock, metrics_}));
    take(publisher_->publish());
    add_log_routes(router_, folder_, *publisher_);
  }
  http::Response get(std::string path) {
    http::Request request;
    request.path = std::move(path);
    const auto match = router_.match(request, false);
    return match.route == nullptr ? match.refusal : match.route->blocking(request);
  }

  TestLog log_;
  http::Metrics metrics_;
  fs::path path_ = log_.folder.path() / "log";
  DiskFolder folder_{path_};
  std::unique_ptr<TilePublisher> publisher_;
  http::Router router_;
};

TEST_F(LogRoutes, GiveTheCheckpointForAMoment) {
  const auto response = get("/log/checkpoint");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(response.header("Cache-Control"), "public, max-age=1");
  EXPECT_EQ(to_text(response.body), take(log_.appender->head()->checkpoint()).note);
}

TEST_F(LogRoutes, GiveTheWitnessedCheckpointForAMomentWhereThereIsOne) {
  EXPECT_EQ(get("/log/checkpoint.witnessed").status, 404);
  const auto checkpoint = take(log_.appender->head()->checkpoint());
  take(log_.reader->keep_witnessed(checkpoint));
  take(publisher_->publish());
  const auto response = get("/log/checkpoint.witnessed");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(response.header("Cache-Control"), "public, max-age=1");
  EXPECT_EQ(to_text(response.body), checkpoint.note);
}

TEST_F(LogRoutes, GiveTilesForEver) {
  for (const auto& [path, tile] :
       std::map<std::string, merkle::TileId>{{"/log/tile/0/001", {0, 1}},
                                             {"/log/tile/0/003.p/132", {0, 3, 132}},
                                             {"/log/tile/1/000.p/3", {1, 0, 3}}}) {
    const auto response = get(path);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.header("Content-Type"), "application/octet-stream");
    EXPECT_EQ(response.header("Cache-Control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(response.body, merkle::write_tile(log_.tree.tile(tile)));
  }
}

TEST_F(LogRoutes, GiveEntries) {
  const auto response = get("/log/tile/entries/003.p/132");
  EXPECT_EQ(response.status, 200);
  const auto entries = take(merkle::parse_entries({0, 3, 132}, response.body));
  EXPECT_EQ(entries.back(), to_bytes(BytesView(sample_entry(899))));
}

TEST_F(LogRoutes, MendWhatIsMissingOrTornBeforeTheyGiveIt) {
  const Bytes right = get("/log/tile/0/001").body;
  fs::remove(path_ / "tile/0/001");
  EXPECT_EQ(get("/log/tile/0/001").body, right);
  fs::resize_file(path_ / "tile/0/001", 100);
  EXPECT_EQ(get("/log/tile/0/001").body, right);
  fs::resize_file(path_ / "tile/0/001", 10'000);
  EXPECT_EQ(get("/log/tile/0/001").body, right);
  EXPECT_EQ(fs::file_size(path_ / "tile/0/001"), right.size());
}

TEST_F(LogRoutes, GiveNoCheckpointThatIsTorn) {
  fs::resize_file(path_ / "checkpoint", 40);
  EXPECT_EQ(get("/log/checkpoint").status, 503);
  take(publisher_->publish());
  EXPECT_EQ(get("/log/checkpoint").status, 200);
}

TEST_F(LogRoutes, HaveNothingElse) {
  for (const std::string path :
       {"/log", "/log/", "/log/tile/0/004", "/log/tile/0/003", "/log/tile/0/003.p/131",
        "/log/tile/0/003.p/133", "/log/tile/0/1", "/log/tile/00/001", "/log/tile/0/x000/001",
        "/log/tile/2/000.p/1", "/log/tile/8/0/001", "/log/tile/entries/004", "/log/tile/entries/000.p/0",
        "/log/tile/0/../0/001", "/log/.lock", "/log/tile/0/000.p/256", "/log/tile/"})
    EXPECT_EQ(get(path).status, 404) << path;
}

TEST(LogRoutesBefore, AnythingIsPublishedHaveNoCheckpoint) {
  TestLog log;
  http::Metrics metrics;
  DiskFolder folder(log.folder.path() / "log");
  const auto publisher = take(TilePublisher::open({*log.reader, log.newest(), folder, log.clock, metrics}));
  http::Router router;
  add_log_routes(router, folder, *publisher);
  http::Request request;
  request.path = "/log/checkpoint";
  EXPECT_EQ(router.match(request, false).route->blocking(request).status, 404);
}

}  // namespace
}  // namespace countersign::authority
