import './design/base.css';
import { mount } from 'svelte';
import Quick from './quick-prompt/Quick.svelte';
import { appearance } from './state/appearance.svelte.ts';
import { session } from './state/session.svelte.ts';

appearance.start();
session.start();

const target = document.getElementById('app');
if (target) mount(Quick, { target });
