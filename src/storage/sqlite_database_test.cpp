// SPDX-License-Identifier: Apache-2.0
// What only the embedded engine promises: its files, and a disk that is full.
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <thread>

#include "crypto/random.h"
#include "storage/database.h"
#include "storage/file.h"

namespace countersign::storage {
namespace {

namespace fs = std::filesystem;

constexpr Migration kBlobs[] = {{1, "CREATE TABLE blobs (id BIGINT PRIMARY KEY, data BLOB NOT NULL)"}};

fs::path new_folder() {
  fs::path folder = fs::path(testing::TempDir()) / crypto::random_token(12);
  fs::create_directory(folder);
  return folder;
}

unsigned mode_of(const fs::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
}

Result<void> insert_blob(Database& database, std::int64_t id, std::size_t size) {
  return database.write([&](Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("INSERT INTO blobs (id, data) VALUES ($1, $2)", {id, Bytes(size, 7)}));
    return ok();
  });
}

std::int64_t count_blobs(Database& database) {
  std::int64_t count = -1;
  (void)database.read([&](Reader& reader) -> Result<void> {
    TRY(const auto row, reader.query_one("SELECT count(*) FROM blobs", {}));
    count = row->integer(0);
    return ok();
  });
  return count;
}

TEST(SqliteDatabase, IsReadableByItsOwnerOnly) {
  const fs::path folder = new_folder();
  const auto database = open_sqlite(folder / "store.db").value();
  ASSERT_TRUE(database->migrate("blobs", kBlobs));
  for (const auto& entry : fs::directory_iterator(folder))
    EXPECT_EQ(mode_of(entry.path()), 0600u) << entry.path();
}

TEST(SqliteDatabase, RefusesAFileThatIsNoDatabase) {
  const fs::path file = new_folder() / "store.db";
  std::ofstream(file) << std::string(8192, 'x');
  const auto database = open_sqlite(file);
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, ErrorCode::kInternal);
}

TEST(SqliteDatabase, RefusesAFolderThatIsNotThere) {
  EXPECT_EQ(open_sqlite(new_folder() / "missing" / "store.db").error().code, ErrorCode::kNotFound);
}

// As the file's header has it, big-endian.
int page_size_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(16);
  const int high = stream.get();
  return (high << 8) + stream.get();
}

TEST(SqliteDatabase, TakesItsPageSizeFromItsCreation) {
  const fs::path folder = new_folder();
  for (const int page_size : {4096, 16384}) {
    const fs::path file = folder / std::to_string(page_size);
    ASSERT_TRUE(open_sqlite(file, {.page_size = page_size}).value()->migrate("blobs", kBlobs));
    EXPECT_EQ(page_size_of(file), page_size);
    ASSERT_TRUE(insert_blob(*open_sqlite(file).value(), 1, 100));
    EXPECT_EQ(page_size_of(file), page_size);
  }
}

// An index of its own would be one page more in each transaction that adds a row.
TEST(SqliteDatabase, KeepsANumberedTableWithoutAnIndex) {
  const auto database = open_sqlite(new_folder() / "store.db").value();
  constexpr Migration kNumbered[] = {
      {1, "CREATE TABLE numbered (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)"}};
  ASSERT_TRUE(database->migrate("numbered", kNumbered));
  std::int64_t indices = -1;
  ASSERT_TRUE(database->read([&](Reader& reader) -> Result<void> {
    TRY(const auto row, reader.query_one("SELECT count(*) FROM sqlite_master WHERE type = 'index'"
                                         " AND tbl_name = 'numbered'",
                                         {}));
    indices = row->integer(0);
    return ok();
  }));
  EXPECT_EQ(indices, 0);
  EXPECT_TRUE(database->migrate("numbered", kNumbered));  // the step that is recorded is the program's
}

TEST(SqliteDatabase, FindsAFlippedBit) {
  const fs::path file = new_folder() / "store.db";
  {
    const auto database = open_sqlite(file).value();
    ASSERT_TRUE(database->migrate("blobs", kBlobs));
    for (std::int64_t id = 0; id < 100; ++id) ASSERT_TRUE(insert_blob(*database, id, 100));
  }
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(page_size_of(file) + 8);  // the first cell pointers of the second page
  stream.put('\x7f');
  stream.close();
  const auto database = open_sqlite(file).value();
  EXPECT_EQ(database->check_integrity().error().code, ErrorCode::kInternal);
}

// 60 MB are less than half of what makes a commit carry the log over by itself: it is the other thread that
// does.
TEST(SqliteDatabase, CarriesItsLogIntoTheStoreBesideTheCommits) {
  const fs::path folder = new_folder();
  const auto database = open_sqlite(folder / "store.db").value();
  ASSERT_TRUE(database->migrate("blobs", kBlobs));
  for (int id = 0; id < 60; ++id) ASSERT_TRUE(insert_blob(*database, id, 1 << 20));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (fs::file_size(folder / "store.db") < (8U << 20) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  EXPECT_GE(fs::file_size(folder / "store.db"), 8U << 20);
  EXPECT_EQ(count_blobs(*database), 60);
}

TEST(SqliteDatabase, BacksUpWhileInUse) {
  const fs::path folder = new_folder();
  const auto database = open_sqlite(folder / "store.db").value();
  ASSERT_TRUE(database->migrate("blobs", kBlobs));
  for (std::int64_t id = 0; id < 20; ++id) ASSERT_TRUE(insert_blob(*database, id, 10'000));
  ASSERT_TRUE(database->write([&](Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("DELETE FROM blobs WHERE id = 0", {}));
    return database->backup_to(folder / "backup.db");
  }));
  EXPECT_EQ(mode_of(folder / "backup.db"), 0600u);
  EXPECT_EQ(database->backup_to(folder / "backup.db").error().code, ErrorCode::kConflict);
  EXPECT_FALSE(fs::exists(folder / "backup.db.partial"));
  const auto copy = open_sqlite(folder / "backup.db").value();
  EXPECT_TRUE(copy->check_integrity());
  EXPECT_EQ(count_blobs(*copy), 20);
  EXPECT_EQ(count_blobs(*database), 19);
}

// Writes until the disk is full, then says whether exactly what was acknowledged is there, in a sound store.
bool stores_nothing_half(const fs::path& file, const std::function<void()>& make_room) {
  auto database = open_sqlite(file).value();
  if (!database->migrate("blobs", kBlobs)) return false;
  std::int64_t stored = 0;
  Result<void> last = ok();
  while (stored < 1000 && (last = insert_blob(*database, stored, 64 << 10))) ++stored;
  std::cerr << "stored " << stored << ", then: " << (last ? "no failure" : last.error().detail) << '\n';
  if (last || last.error().code != ErrorCode::kStorageFull) return false;
  if (count_blobs(*database) != stored || !database->check_integrity()) return false;
  make_room();
  if (!insert_blob(*database, stored, 64 << 10)) return false;
  database.reset();
  database = open_sqlite(file).value();
  return count_blobs(*database) == stored + 1 && database->check_integrity();
}

int exit_code_of(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Both of these bind the calling process and those that it starts, and answer what lifts them again.
std::function<void()> limit_files(rlim_t size) {
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{size, RLIM_INFINITY};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  return [] {
    const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &none);
  };
}

// A file system of 2 MB that this process alone sees; where it may not mount one, a limit on files stands for
// it.
std::function<void()> mount_small_disk(const fs::path& folder) {
  const bool is_own = ::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
  if (!is_own || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=2m") != 0)
    return limit_files(2 << 20);
  return [folder] { ::mount("tmpfs", folder.c_str(), "tmpfs", MS_REMOUNT, "size=8m"); };
}

TEST(SqliteDatabase, StoresNothingHalfBeyondItsFileSizeLimit) {
  const fs::path file = new_folder() / "store.db";
  EXPECT_EQ(exit_code_of([&] { return stores_nothing_half(file, limit_files(1 << 20)) ? 0 : 1; }), 0);
}

TEST(SqliteDatabase, StoresNothingHalfOnAFullDisk) {
  const fs::path folder = new_folder();
  EXPECT_EQ(exit_code_of([&] {
              const auto make_room = mount_small_disk(folder);
              return stores_nothing_half(folder / "store.db", make_room) ? 0 : 1;
            }),
            0);
}

}  // namespace
}  // namespace countersign::storage
