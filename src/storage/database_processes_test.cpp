// SPDX-License-Identifier: Apache-2.0
// What every engine behind Database must do when several processes use a store, and when one of them dies.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/database_contract.h"

namespace countersign::storage {
namespace {

class DatabaseProcesses : public DatabaseContract {};

// Runs `work` in a process of its own, which ends with it; returns its id.
pid_t in_child(const std::function<bool()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work() ? 0 : 1);
  return child;
}

int exit_status(pid_t child) {
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

bool insert_into(Database& database, std::int64_t id) {
  return static_cast<bool>(database.write([&](Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(kInsert, note(id)));
    return ok();
  }));
}

TEST_P(DatabaseProcesses, KeepsWhatItAcknowledgedWhenItsProcessIsKilled) {
  database_.reset();
  for (int round = 0; round < 5; ++round) {
    int acknowledgements[2];
    ASSERT_EQ(::pipe(acknowledgements), 0);
    const std::int64_t first = round * 1'000'000;
    const pid_t child = in_child([&] {
      const auto database = open();
      for (std::int64_t id = first;; ++id)
        if (!insert_into(*database, id) || ::write(acknowledgements[1], &id, sizeof id) != sizeof id)
          return false;
    });
    ::close(acknowledgements[1]);
    std::vector<std::int64_t> acknowledged;
    std::int64_t id = 0;
    while (acknowledged.size() < 20 + static_cast<std::size_t>(round) &&
           ::read(acknowledgements[0], &id, sizeof id) > 0)
      acknowledged.push_back(id);
    ::kill(child, SIGKILL);
    exit_status(child);
    while (::read(acknowledgements[0], &id, sizeof id) == sizeof id) acknowledged.push_back(id);
    ::close(acknowledgements[0]);

    ASSERT_GE(acknowledged.size(), 20u);
    database_ = open();
    EXPECT_TRUE(database_->check_integrity());
    const auto stored = query("SELECT id FROM notes WHERE id >= $1", {first}).size();
    EXPECT_GE(stored, acknowledged.size());
    EXPECT_LE(stored, acknowledged.size() + 1);  // one may have been stored and not acknowledged
    database_.reset();
  }
}

TEST_P(DatabaseProcesses, LetsTwoProcessesWrite) {
  database_.reset();
  constexpr std::int64_t kEach = 100;
  std::vector<pid_t> children;
  for (std::int64_t process = 0; process < 2; ++process)
    children.push_back(in_child([&, process] {
      const auto database = open();
      for (std::int64_t i = 0; i < kEach; ++i)
        if (!insert_into(*database, process * 1000 + i)) return false;
      return true;
    }));
  for (const pid_t child : children) EXPECT_EQ(exit_status(child), 0);
  database_ = open();
  EXPECT_EQ(count(), 2 * kEach);
  EXPECT_TRUE(database_->check_integrity());
}

TEST_P(DatabaseProcesses, LetsTwoProcessesBringTheSchemaUpAtOnce) {
  const std::string store = crypto::random_token(12);
  std::vector<pid_t> children;
  for (int process = 0; process < 4; ++process)
    children.push_back(in_child([&] { return bool{GetParam().open(store)->migrate("notes", kNotes)}; }));
  for (const pid_t child : children) EXPECT_EQ(exit_status(child), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, DatabaseProcesses, testing::ValuesIn(engines()),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace countersign::storage
