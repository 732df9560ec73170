# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
#
# Makes the ROS 2 wheels of a virtual environment usable in this bash:
#
#     source tools/ros2_env.sh VENV [PREFIX...]
#
# PREFIX: install folders that lie over it, such as colcon's install/diffperc_ros.
#
# Variables that are set already stay: ROS_DOMAIN_ID, ROS_AUTOMATIC_DISCOVERY_RANGE, ROS_LOG_DIR.
# ROS2_ENV_PROFILE=large_images, set before, adds config/fastdds_large_images.xml.
# A distribution's own installation needs none of this: source its setup.bash instead.

_diffperc_ros2_env() {
    local venv=${1:?usage: source ros2_env.sh VENV [PREFIX...]}
    local here site major folder prefix
    here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P) || return 1
    venv=$(cd "$venv" && pwd -P) || return 1
    shift

    # The wheels start every Python twice, the second time with their libraries on
    # LD_LIBRARY_PATH. Both is done once and for all here, for children of any kind.
    export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1
    site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))') || return 1
    if [ ! -d "$site/rclpy" ]; then
        echo "ros2_env.sh: no rclpy in $venv; install requirements/ros-*.txt first" >&2
        return 1
    fi
    for folder in "$site"/ros_*.libs "$venv/lib"; do
        [ ! -d "$folder" ] || _diffperc_prepend LD_LIBRARY_PATH "$folder"
    done

    _diffperc_prepend PATH "$venv/bin"
    _diffperc_prepend AMENT_PREFIX_PATH "$venv"
    _diffperc_prepend CMAKE_PREFIX_PATH "$venv"
    for prefix in "$@"; do
        prefix=$(cd "$prefix" && pwd -P) || return 1
        _diffperc_prepend PATH "$prefix/bin"
        _diffperc_prepend AMENT_PREFIX_PATH "$prefix"
        _diffperc_prepend CMAKE_PREFIX_PATH "$prefix"
        _diffperc_prepend LD_LIBRARY_PATH "$prefix/lib"
        for folder in "$prefix"/lib/python*/site-packages; do
            _diffperc_prepend PYTHONPATH "$folder"
        done
    done

    major=$("$venv/bin/python" -c \
        'from importlib.metadata import version; print(version("ros-rclpy").split(".")[0])') || return 1
    case $major in
        7) export ROS_DISTRO=jazzy ;;
        9) export ROS_DISTRO=kilted ;;
        *) export ROS_DISTRO=rolling ;;
    esac
    export VIRTUAL_ENV=$venv ROS_VERSION=2 ROS_PYTHON_VERSION=3
    export RMW_IMPLEMENTATION=rmw_fastrtps_cpp # the only one among the wheels
    export ROS_AUTOMATIC_DISCOVERY_RANGE=${ROS_AUTOMATIC_DISCOVERY_RANGE:-LOCALHOST}
    export ROS_DOMAIN_ID=${ROS_DOMAIN_ID:-$(($$ % 100 + 1))}
    export ROS_LOG_DIR=${ROS_LOG_DIR:-${TMPDIR:-/tmp}/ros_log_$$}
    if [ "${ROS2_ENV_PROFILE:-}" = large_images ]; then
        # Fast DDS 3 (Kilted) warns of the name that Fast DDS 2 (Jazzy) knows.
        if [ "$ROS_DISTRO" = jazzy ]; then
            export FASTRTPS_DEFAULT_PROFILES_FILE=$here/../config/fastdds_large_images.xml
        else
            export FASTDDS_DEFAULT_PROFILES_FILE=$here/../config/fastdds_large_images.xml
        fi
    fi
}

# _diffperc_prepend NAME FOLDER: put FOLDER in front of a colon-separated list, once.
_diffperc_prepend() {
    case ":${!1:-}:" in
        *":$2:"*) ;;
        *) export "$1=$2${!1:+:${!1}}" ;;
    esac
}

# return from a sourced file, whatever the shell's options: the caller sees the status.
if _diffperc_ros2_env "$@"; then
    unset -f _diffperc_ros2_env _diffperc_prepend
else
    unset -f _diffperc_ros2_env _diffperc_prepend
    return 1
fi
