// SPDX-License-Identifier: Apache-2.0
#include "mediator/locked_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace countersign::mediator {
namespace {

bool contains(const LockedHeap& heap, std::string_view text) {
  const auto region = heap.region();
  const auto* const first = reinterpret_cast<const char*>(region.data());
  return std::search(first, first + region.size(), text.begin(), text.end()) != first + region.size();
}

// What /proc/self/smaps says of the mapping in which the region begins.
std::string mapping_flags(const LockedHeap& heap) {
  std::ifstream maps("/proc/self/smaps");
  const auto address = reinterpret_cast<std::uintptr_t>(heap.region().data());
  bool is_ours = false;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t first = 0, last = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &first, &last) == 2)
      is_ours = address >= first && address < last;
    if (is_ours && line.starts_with("VmFlags:")) return line;
  }
  return {};
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kLocksMemory = false;  // the sanitizers make mlock do nothing
#else
constexpr bool kLocksMemory = true;
#endif

TEST(LockedHeap, IsLockedLeftOutOfCoresAndWipedForChildren) {
  const LockedHeap heap;
  ASSERT_TRUE(heap.is_locked());
  const std::string flags = mapping_flags(heap) + " ";
  EXPECT_EQ(flags.find(" lo ") != std::string::npos, kLocksMemory) << flags;
  EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;  // not dumped
  EXPECT_NE(flags.find(" wf "), std::string::npos) << flags;  // wiped on fork
}

TEST(LockedHeap, WipesWhatIsGivenBack) {
  LockedHeap heap;
  const std::string secret = "4111 1111 1111 1111";
  for (const std::size_t size : {20, 500, 70'000}) {
    auto* const memory = static_cast<char*>(heap.allocate(size));
    std::memcpy(memory + size - secret.size(), secret.data(), secret.size());
    EXPECT_TRUE(contains(heap, secret));
    heap.release(memory);
    EXPECT_FALSE(contains(heap, secret)) << size;
  }
}

TEST(LockedHeap, GivesBlocksThatDoNotOverlapAndAreAligned) {
  LockedHeap heap;
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (std::size_t i = 0; i < 300; ++i) {
    const std::size_t size = i * 13;
    auto* const memory = static_cast<unsigned char*>(heap.allocate(size));
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % 16, 0u);
    std::fill_n(memory, size, static_cast<unsigned char>(i));
    blocks.emplace_back(memory, size);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto [memory, size] = blocks[i];
    EXPECT_TRUE(std::all_of(memory, memory + size, [&](unsigned char byte) { return byte == i % 256; })) << i;
    heap.release(memory);
  }
}

TEST(LockedHeap, UsesAgainWhatWasGivenBack) {
  LockedHeap heap;
  for (int i = 0; i < 1000; ++i) {
    void* const memory = heap.allocate(100'000);
    ASSERT_NE(memory, nullptr) << i;
    heap.release(memory);
  }
}

TEST(LockedHeap, RefusesWhatItHasNot) {
  LockedHeap heap;
  EXPECT_EQ(heap.allocate(LockedHeap::kLargest + 1), nullptr);
  EXPECT_EQ(heap.allocate(~std::size_t{0}), nullptr);
  std::vector<void*> all;
  while (void* const memory = heap.allocate(400'000)) all.push_back(memory);
  EXPECT_GE(all.size(), 7u);
  EXPECT_EQ(heap.allocate(400'000), nullptr);
  heap.release(nullptr);
}

TEST(LockedHeap, ServesSeveralThreads) {
  LockedHeap heap;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&heap, thread] {
      for (int i = 0; i < 2000; ++i) {
        auto* const memory = static_cast<char*>(heap.allocate(static_cast<std::size_t>(i % 700)));
        ASSERT_NE(memory, nullptr);
        if (i % 700 > 0) memory[0] = static_cast<char>(thread);
        heap.release(memory);
      }
    });
  }
}

}  // namespace
}  // namespace countersign::mediator
