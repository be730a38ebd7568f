-- The reference session for Ardour, but for its clips: tests/bench/peers writes those into the file, as nothing here
-- imports sound.
--   ardour7-lua peer_session.lua FOLDER NAME RATE CHANNELS...     (of each track)
local folder, name, rate = arg[1], arg[2], tonumber(arg[3])
local tracks = #arg - 3
local session = create_session(folder, name, rate)
assert(session, "no session")

local function gain(db)
  return 10 ^ (db / 20)
end

local function set(control, value)
  assert(not control:isnil(), "no such control")
  control:set_value(value, PBD.GroupControlDisposition.NoGroup)
end

-- Before the fader, after `position` others; parameters by their number among the plugin's controls.
local function insert(route, uri, position, parameters)
  local plugin = ARDOUR.LuaAPI.new_plugin(session, uri, ARDOUR.PluginType.LV2, "")
  assert(not plugin:isnil(), uri .. " is not installed")
  assert(route:add_processor_by_index(plugin, position, nil, true) == 0, uri .. " does not fit")
  for number, value in pairs(parameters) do
    assert(ARDOUR.LuaAPI.set_processor_param(plugin, number, value), uri .. " has no parameter " .. number)
  end
end

-- Its lowest band is a shelf, which has to stand for the high-pass; bands of no use are off.
local equaliser = {
  [0] = 60, [1] = -20,
  [2] = 300, [3] = -3, [4] = 1.4,
  [5] = 3000, [6] = 2, [7] = 1.4,
  [14] = 9000, [15] = 1.5,
  [20] = 0, [21] = 0,
}

local function compressor(channels)
  return channels == 2 and "urn:ardour:a-comp#stereo" or "urn:ardour:a-comp"
end

local function compression(threshold, ratio, attack, makeup)
  return { [0] = attack, [1] = 120, [2] = 6, [3] = ratio, [4] = threshold, [5] = makeup }
end

local function bus(title)
  local route = session:new_audio_route(2, 2, nil, 1, title, ARDOUR.PresentationInfo.Flag.AudioBus,
    ARDOUR.PresentationInfo.max_order):front()
  assert(not route:isnil(), "no bus")
  return route
end

local room, echo = bus("Room"), bus("Echo")
insert(room, "urn:ardour:a-reverb", 0, { [0] = 1, [1] = 0.8 })
insert(echo, "urn:ardour:a-delay", 0, { [2] = 375, [4] = 100, [5] = 35, [6] = 20000 })

for i = 0, tracks - 1 do
  local channels = tonumber(arg[4 + i])
  local track = session:new_audio_track(channels, 2, nil, 1, string.format("Track %02d", i + 1),
    ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true, false):front()
  insert(track, "urn:ardour:a-eq", 0, equaliser)
  insert(track, compressor(channels), 1, compression(-24, 4, 10, 0))
  set(track:gain_control(), gain(-14))
  set(track:pan_azimuth_control(), 0.5 + (i % 32 - 16) / 40)
  local list = ARDOUR.RouteListPtr()
  list:push_back(track)
  session:add_internal_sends(room, ARDOUR.Placement.PostFader, list)
  session:add_internal_sends(echo, ARDOUR.Placement.PostFader, list)
  set(track:send_level_controllable(0), gain(-12))
  set(track:send_level_controllable(1), gain(-18))
end

local master = session:master_out()
insert(master, "urn:ardour:a-eq", 0, equaliser)
insert(master, compressor(2), 1, compression(-18, 2, 10, 3))
insert(master, compressor(2), 2, compression(-1, 20, 0.1, 0))

sleep(1) -- values set are taken over by the engine's thread
session:save_state("", false, false, false, false, false)
close_session()
